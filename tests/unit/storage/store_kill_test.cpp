// Processes that are killed in the middle of commits: what they were told is durable must be there.
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <map>

#include "tests/support/catch.hpp"
#include "tests/unit/storage/store_fixture.hpp"

using namespace leveret::storage;
using namespace leveret::test;

namespace {

/// What the child tells: an entry is durable, or its settle is submitted, or durable.
struct Told {
    enum What : std::uint64_t { durable, settling, settled } what;
    std::uint64_t sequence;
};

class TellingListener final : public DurableListener {
public:
    explicit TellingListener(int pipe) : pipe_(pipe) {}
    void durable(std::uint64_t number) override {
        // The lowest bit tells which of the two the number is about.
        tell({(number & 1) != 0 ? Told::settled : Told::durable, number >> 1});
    }
    void tell(Told told) const {
        if (write(pipe_, &told, sizeof told) != sizeof told) _exit(1);
    }

private:
    int pipe_;
};

/// Publishes to queue 7, one message in a turn, and settles what is 20 behind, until it is killed.
[[noreturn]] void publish_until_killed(const ScratchDirectory& directory, int pipe) {
    StoreWorld world(directory);
    boost::intrusive_ptr<TellingListener> listener(new TellingListener(pipe));
    world.define_queue(7);
    for (;;) {
        const std::uint64_t sequence = world.next_sequence();
        const std::string body(sequence * 37 % 3000, static_cast<char>(sequence));
        const Entry one[] = {entry(7, sequence)};
        world.store->publish(message_of(body), one, {}, {listener, sequence << 1});
        if (world.sequences > 20) {
            listener->tell({Told::settling, sequence - 20});
            world.settle(7, sequence - 20);
            world.store->barrier({listener, (sequence - 20) << 1 | 1});
        }
        world.store->submit();
        world.calls.run_all();
    }
}

}  // namespace

TEST_CASE("a killed process loses nothing that was durable, and nothing settled comes back",
          "[storage][kill]") {
    const ScratchDirectory directory;
    std::map<std::uint64_t, Told::What> told;  // of all processes
    for (int round = 0; round < 25; ++round) {
        int pipe[2];
        REQUIRE(::pipe(pipe) == 0);
        const pid_t child = fork();
        REQUIRE(child >= 0);
        if (child == 0) {
            close(pipe[0]);
            publish_until_killed(directory, pipe[1]);
        }
        close(pipe[1]);
        Told one{};
        for (int i = 0; i < 300 + round * 17; ++i) {
            if (read(pipe[0], &one, sizeof one) != sizeof one) break;
            told[one.sequence] = std::max(told[one.sequence], one.what);
        }
        kill(child, SIGKILL);
        while (read(pipe[0], &one, sizeof one) == sizeof one) {
            told[one.sequence] = std::max(told[one.sequence], one.what);
        }
        close(pipe[0]);
        int status = 0;
        REQUIRE(waitpid(child, &status, 0) == child);
        REQUIRE(WIFSIGNALED(status));

        StoreWorld world(directory);
        const auto pages = world.page_in(7);
        for (const auto& [sequence, what] : told) {
            if (what == Told::durable) REQUIRE(pages->pages.contains(sequence));
            if (what == Told::settled) REQUIRE_FALSE(pages->pages.contains(sequence));
        }
        for (const auto& [sequence, page] : pages->pages) {
            const std::string body(sequence * 37 % 3000, static_cast<char>(sequence));
            REQUIRE((page.message->body() == body));
            REQUIRE(page.entry.redelivered);
        }
        world.store->close();
    }
}
