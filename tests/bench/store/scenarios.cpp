// The other figures of the store: many queues, fan-out, starts, backlogs, fragmentation, age, and
// what is never written.
#include "tests/bench/store/scenarios.hpp"

#include <fmt/core.h>

#include <deque>
#include <fstream>
#include <thread>

#include "tests/bench/store/measure.hpp"
#include "tests/bench/store/store_driver.hpp"

namespace leveret::bench {

namespace {

using namespace storage;

constexpr std::uint64_t one_queue = 7;

void report(const char* what, double value, const char* unit, const char* target) {
    fmt::print("  {:<46}  {:>10.2f} {:<10}  target {}\n", what, value, unit, target);
    std::fflush(stdout);
}

std::size_t scaled(const StoreBenchOptions& options, double count) {
    return std::max<std::size_t>(1, static_cast<std::size_t>(count * options.scale));
}

double mebibytes(std::uint64_t octets) { return static_cast<double>(octets) / (1 << 20); }

/// CPU of the store's threads per commit of 1,000 messages that go to so many queues in turn.
double cpu_of_commits(const StoreBenchOptions& options, std::uint64_t queues) {
    constexpr std::size_t messages = 1000;
    const ScratchDirectory scratch(options.directory);
    StoreDriver driver(scratch.path(), SyncMode::pipelined);
    for (std::uint64_t queue = 1; queue <= queues; ++queue) driver.define_queue(queue);
    driver.settle_down();
    const auto message = message_of(100, 'q');
    std::deque<Entry> backlog;
    std::uint64_t queue = 0;
    double cpu = 0;
    const std::size_t commits = scaled(options, 200);
    constexpr std::size_t warm_up = 40;
    for (std::size_t i = 0; i < commits + warm_up; ++i) {
        if (i == warm_up) cpu = cpu_of_others();
        for (std::size_t k = 0; k < messages; ++k) {
            const Entry entry{QueueId{1 + queue++ % queues}, driver.next_sequence()};
            driver.store().publish(message, {&entry, 1}, {}, {});
            backlog.push_back(entry);
        }
        for (; backlog.size() > 32 * messages; backlog.pop_front()) {
            driver.store().settle(backlog.front(), Settled::taken);
        }
        driver.settle_down();
    }
    return (cpu_of_others() - cpu) / static_cast<double>(commits);
}

/// Publishes so many messages to the queue, in commits of 10,000, without syncs: what is measured
/// comes later.
void fill(StoreDriver& driver, std::size_t messages, std::size_t body) {
    driver.define_queue(one_queue);
    const auto message = message_of(body, 'f');
    for (std::size_t i = 0; i < messages; ++i) {
        driver.publish(message, one_queue);
        if (i % 10'000 == 9'999) driver.settle_down();
    }
    driver.settle_down();
}

/// Reads the file once, so that the system holds it in memory.
void warm_up(const std::filesystem::path& path) {
    std::ifstream file(path, std::ios::binary);
    std::vector<char> some(std::size_t{1} << 20);
    while (file.read(some.data(), static_cast<std::streamsize>(some.size()))) {
    }
}

/// Pages a backlog in and settles what came, page by page.
class Drain final : public PageSink {
public:
    Drain(StoreDriver& driver, std::uint32_t page) : driver_(driver), page_(page) {}

    void start() { ask(Sequence{0}); }
    void paged_in(QueueId queue, std::span<const PagedMessage> messages, Sequence next) override {
        ended = next == end;
        if (!ended) ask(next);
        for (const PagedMessage& message : messages) {
            driver_.store().settle({queue, message.entry.sequence}, Settled::taken);
        }
        count += messages.size();
        driver_.store().submit();
    }
    void crashed(QueueId, std::span<const DamagedMessages>) override {}

    std::uint64_t count = 0;
    bool ended = false;

private:
    static constexpr Sequence end{~std::uint64_t{0}};

    void ask(Sequence from) {
        driver_.store().page_in(QueueId{one_queue}, {{from, end}}, page_, this);
    }

    StoreDriver& driver_;
    std::uint32_t page_;
};

}  // namespace

void many_queues(const StoreBenchOptions& options) {
    fmt::print("\n10,000 queues, commits of 1,000 messages of 100 octets\n");
    const double one = cpu_of_commits(options, 1);
    const double many = cpu_of_commits(options, 10'000);
    report("CPU of a commit, one queue", one * 1e6, "us", "-");
    report("CPU of a commit, 10,000 queues", many * 1e6, "us", "-");
    report("ratio", many / one, "x", "1.5");
}

void fan_out(const StoreBenchOptions& options) {
    constexpr std::uint64_t queues = 10'000;
    fmt::print("\nfan-out of a message of 1 KiB to 10,000 queues\n");
    const ScratchDirectory scratch(options.directory);
    StoreDriver driver(scratch.path(), SyncMode::pipelined);
    for (std::uint64_t queue = 1; queue <= queues; ++queue) driver.define_queue(queue);
    driver.settle_down();
    const auto message = message_of(1024, 'f');
    std::vector<Entry> entries(queues);
    const std::size_t commits = scaled(options, 100);
    const double cpu = cpu_of_others();
    const std::uint64_t octets = octets_written();
    for (std::size_t i = 0; i < commits; ++i) {
        for (std::uint64_t queue = 0; queue < queues; ++queue) {
            if (i > 0) driver.store().settle(entries[queue], Settled::taken);
            entries[queue] = {QueueId{queue + 1}, driver.next_sequence()};
        }
        driver.store().publish(message, entries, {}, {});
        driver.settle_down();
    }
    const auto per_commit = static_cast<double>(commits);
    report("CPU of a commit, the former one settled in it",
           (cpu_of_others() - cpu) / per_commit * 1e3, "ms", "2");
    report("written per commit", static_cast<double>(octets_written() - octets) / per_commit / 1e3,
           "KB", "400");
}

void recovery_and_consumption(const StoreBenchOptions& options) {
    constexpr std::size_t body = 100;
    const std::size_t messages = scaled(options, 1'000'000);
    const auto count = static_cast<double>(messages);
    fmt::print("\n{} messages of 100 octets: start and consumption\n", messages);
    const ScratchDirectory scratch(options.directory);
    {
        StoreDriver driver(scratch.path(), SyncMode::none);
        fill(driver, messages, body);
    }
    warm_up(scratch.path() / "store" / "data.mdb");
    const std::uint64_t before = memory_of("VmRSS:");
    const auto begin = Clock::now();
    const double cpu = cpu_of_this_thread();
    StoreDriver driver(scratch.path(), SyncMode::pipelined);
    report("start, warm", seconds_since(begin), "s", "1 for 10 million");
    report("CPU of it", cpu_of_this_thread() - cpu, "s", "-");
    report("VmRSS after the start", mebibytes(memory_of("VmRSS:")), "MiB", "200 for 10 million");
    report("VmRSS before it", mebibytes(before), "MiB", "-");
    const auto file =
        static_cast<double>(std::filesystem::file_size(scratch.path() / "store" / "data.mdb"));
    report("file per message", file / count, "octets", "185");
    const boost::intrusive_ptr<Drain> drain(new Drain(driver, 4096));
    const auto drain_begin = Clock::now();
    drain->start();
    while (!drain->ended) driver.wait_for_notice();
    driver.settle_down();
    if (drain->count != driver.recovered()) fmt::print("  messages are missing\n");
    report("consumption", static_cast<double>(drain->count) / seconds_since(drain_begin) / 1e6,
           "M/s", "5");
}

void fragmentation(const StoreBenchOptions& options) {
    const std::size_t tiny = scaled(options, 30'000);
    fmt::print("\nfragmentation: {} tiny commits on two queues, one drained, 1 MiB commits\n",
               tiny);
    const ScratchDirectory scratch(options.directory);
    StoreDriver driver(scratch.path(), SyncMode::none);
    driver.define_queue(1);
    driver.define_queue(2);
    const auto small = message_of(200, 's');
    const auto large = message_of(1024, 'l');
    double first_cycle = 0;
    for (int cycle = 1; cycle <= 4; ++cycle) {
        std::vector<Entry> drained;
        for (std::size_t i = 0; i < tiny; ++i) {
            const Entry entry{QueueId{1 + i % 2}, driver.next_sequence()};
            driver.store().publish(small, {&entry, 1}, {}, {});
            if (i % 2 == 0) drained.push_back(entry);
            driver.settle_down();
        }
        for (std::size_t i = 0; i < drained.size(); ++i) {
            driver.store().settle(drained[i], Settled::taken);
            if (i % 100 == 99) driver.settle_down();
        }
        std::deque<Entry> backlog;
        constexpr std::size_t commits = 100;
        const double cpu = cpu_of_others();
        for (std::size_t i = 0; i < commits; ++i) {
            for (int k = 0; k < 1024; ++k) {
                const Entry entry{QueueId{1}, driver.next_sequence()};
                driver.store().publish(large, {&entry, 1}, {}, {});
                backlog.push_back(entry);
            }
            for (; backlog.size() > 8 * 1024; backlog.pop_front()) {
                driver.store().settle(backlog.front(), Settled::taken);
            }
            driver.settle_down();
        }
        const double per_commit = (cpu_of_others() - cpu) / commits;
        if (cycle == 1) first_cycle = per_commit;
        for (const Entry& entry : backlog) driver.store().settle(entry, Settled::taken);
        driver.settle_down();
        fmt::print("  cycle {}: {:.2f} ms of CPU per commit of 1 MiB\n", cycle, per_commit * 1e3);
        if (cycle == 4) report("last cycle by first", per_commit / first_cycle, "x", "3");
    }
}

void aging(const StoreBenchOptions& options) {
    const std::size_t commits = scaled(options, 4000);
    fmt::print("\naging: {} commits of 1 MiB, 1 % settled late\n", commits);
    const ScratchDirectory scratch(options.directory);
    StoreDriver driver(scratch.path(), SyncMode::none);
    driver.define_queue(one_queue);
    const auto message = message_of(1024, 'a');
    std::deque<Entry> backlog;
    std::deque<Entry> late;
    const std::size_t late_max = commits * 1024 / 100 / 4;
    double half = 0;
    const auto file_octets = [&] {
        return static_cast<double>(
            std::filesystem::file_size(scratch.path() / "store" / "data.mdb"));
    };
    for (std::size_t i = 0; i < commits; ++i) {
        if (i == commits / 2) half = file_octets();
        for (int k = 0; k < 1024; ++k) {
            const Entry entry{QueueId{one_queue}, driver.next_sequence()};
            driver.store().publish(message, {&entry, 1}, {}, {});
            (static_cast<std::uint64_t>(entry.sequence) * 2'654'435'761u % 100 == 0 ? late
                                                                                    : backlog)
                .push_back(entry);
        }
        for (; backlog.size() > 32 * 1024; backlog.pop_front()) {
            driver.store().settle(backlog.front(), Settled::taken);
        }
        for (; late.size() > late_max; late.pop_front()) {
            driver.store().settle(late.front(), Settled::taken);
        }
        driver.settle_down();
    }
    const double live = static_cast<double>(backlog.size() + late.size()) * 1090;
    report("file by what lives in it", file_octets() / live, "x", "2.5");
    report("growth in the second half", file_octets() / half, "x", "1.0");
}

void elision(const StoreBenchOptions& options) {
    constexpr std::size_t per_millisecond = 500;
    fmt::print("\nelision: 500,000 messages/s of 100 octets, settled after 1 ms, nobody waits\n");
    const ScratchDirectory scratch(options.directory);
    StoreDriver driver(scratch.path(), SyncMode::pipelined);
    driver.define_queue(one_queue);
    driver.settle_down();
    const StoreStats before = driver.store().stats();
    const double cpu = cpu_of_others();
    const auto message = message_of(100, 'e');
    const auto turns = static_cast<std::size_t>(options.seconds * 1000);
    std::vector<Entry> published;
    auto next_turn = Clock::now();
    for (std::size_t i = 0; i < turns; ++i) {
        for (const Entry& entry : published) driver.store().settle(entry, Settled::taken);
        published.clear();
        for (std::size_t k = 0; k < per_millisecond; ++k) {
            published.push_back({QueueId{one_queue}, driver.next_sequence()});
            driver.store().publish(message, {&published.back(), 1}, {}, {});
        }
        driver.store().submit();
        driver.run_notices();
        next_turn += std::chrono::milliseconds(1);
        std::this_thread::sleep_until(next_turn);
    }
    driver.settle_down();
    const StoreStats after = driver.store().stats();
    const auto all = static_cast<double>(after.published_messages - before.published_messages);
    report("written",
           100 * static_cast<double>(after.written_messages - before.written_messages) / all, "%",
           "30");
    report("CPU per message", (cpu_of_others() - cpu) / all * 1e6, "us", "-");
}

}  // namespace leveret::bench
