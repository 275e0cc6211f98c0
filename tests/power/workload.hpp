// Random operations on a store whose disk is recorded, beside a model that is right at sight. What
// each prefix of the operations leaves is remembered as one number, so that an image of the disk is
// compared with all that are possible at once.
#pragma once

#include <cstdint>
#include <map>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "tests/power/recorded_disk.hpp"
#include "tests/power/twin_environment.hpp"
#include "tests/unit/storage/store_fixture.hpp"

namespace leveret::test {

/// Octets that a message of this sequence has, whatever queue it is in.
[[nodiscard]] std::string body_of(std::uint64_t sequence, std::size_t octets);

/// A number for what a start told: definitions and every entry with its counts.
[[nodiscard]] std::uint64_t state_of(const RememberingSink& found);

class Workload {
public:
    Workload(RecordedDisk& disk, CommitGate& gate, std::uint32_t seed);
    ~Workload();
    Workload(const Workload&) = delete;
    Workload& operator=(const Workload&) = delete;

    /// Takes up what the store found, which is durable from now on.
    /// Returns: why it is wrong; empty when it is one of what was possible.
    [[nodiscard]] std::string start(StoreWorld& world);

    /// One kind of operation, waited for.
    void do_alone(Scene scene);
    /// Several turns of all kinds on their way at once.
    void do_many(int turns);
    /// What lives long, in full chunks, of which most dies.
    void grow(int messages);
    void thin_out();
    /// A commit, and behind it a turn that writes nothing, both awaited.
    void write_nothing();
    /// Two commits, the first of which is not answered when the second one begins. Ends when the
    /// fault of the disk has struck, and the store has said what it makes of it.
    void go_on_until_struck();
    /// Waits for all answers.
    void wait();

    /// What each number of operations leaves.
    [[nodiscard]] const std::vector<std::uint64_t>& states() const { return states_; }

private:
    struct Item {
        std::uint32_t octets{};
        std::uint16_t failed{};
        bool persistent{};
    };
    using QueueContent = std::map<std::uint64_t, Item>;  ///< by sequence
    class Listener;
    friend class Listener;
    /// What somebody waits for.
    struct Asked {
        std::uint64_t operations{};              ///< so many are durable when it is answered
        std::vector<std::uint64_t> sequences{};  ///< of a message
    };

    int number(int from, int to) { return std::uniform_int_distribution(from, to)(random_); }
    bool chance(int in) { return number(1, in) == 1; }
    std::uint64_t any_queue();
    std::uint32_t any_octets();

    void publish(std::uint32_t octets);
    void settle(int most);
    void settle_one(std::uint64_t queue, std::uint64_t sequence, storage::Settled how);
    void count();
    void purge();
    void remove();
    void define();
    void undefine_nothing();
    void transaction();
    void operate(Scene scene);
    void operate_at_random();
    void barrier();
    void begin_behind_gate();
    void open_gate();
    void submit();

    void add_queue();
    void put(std::uint64_t queue, std::uint64_t sequence, Item item);
    QueueContent::iterator drop(std::uint64_t queue, QueueContent::iterator item);
    void end_operation();
    [[nodiscard]] storage::Waiter waiter(std::vector<std::uint64_t> sequences = {});
    void answered(std::uint64_t number);
    [[nodiscard]] std::size_t waiting() const { return asked_.size(); }

    RecordedDisk& disk_;
    CommitGate& gate_;
    std::mt19937 random_;
    StoreWorld* world_ = nullptr;
    boost::intrusive_ptr<Listener> listener_;
    std::map<std::uint64_t, QueueContent> content_{};
    std::map<std::uint64_t, std::uint64_t> definitions_{};  ///< other ones: id to its state
    std::uint64_t state_ = 0;
    bool in_transaction_ = false;
    std::vector<std::uint64_t> states_{0};
    std::uint64_t durable_ = 0;      ///< operations that were answered
    std::uint64_t handed_over_ = 0;  ///< operations
    std::map<std::uint64_t, Asked> asked_{};
    std::uint64_t last_asked_ = 0;
    std::set<std::uint64_t> taken_{};  ///< sequences: their publishers may be told at once
};

}  // namespace leveret::test
