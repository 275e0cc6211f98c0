// Short slices of the raw log and of the store in turn, so that both meet the same disk.
#include <fmt/core.h>

#include <cmath>
#include <deque>

#include "tests/bench/store/measure.hpp"
#include "tests/bench/store/raw_log.hpp"
#include "tests/bench/store/scenarios.hpp"
#include "tests/bench/store/store_driver.hpp"

namespace leveret::bench {

namespace {

using namespace std::chrono_literals;

constexpr auto slice = 40ms;
/// The backlog: a batch settles what the one so many before it has published.
constexpr std::size_t commits_behind = 32;
constexpr std::uint64_t queue = 7;
/// Different bodies in turn, so that they come from memory and not from a cache.
constexpr std::size_t pool_octets = std::size_t{32} << 20;

struct Row {
    std::size_t body;
    std::size_t messages;
    double target_pipelined;
    double target_each;
};
constexpr Row rows[] = {
    {16, 1, 0.75, 0.45},          {16, 1'000, 0.60, 0.40},   {16, 10'000, 0.35, 0.30},
    {100, 100, 0.70, 0.42},       {100, 1'000, 0.70, 0.48},  {1024, 1, 0.70, 0.42},
    {1024, 100, 0.72, 0.50},      {1024, 1'000, 0.78, 0.65}, {1024, 10'000, 0.85, 0.80},
    {16 * 1024, 100, 0.75, 0.65}, {1 << 20, 8, 0.85, 0.80},
};

/// One side of a slice.
struct Slice {
    std::uint64_t commits = 0;
    double seconds = 0;
    double cpu = 0;  ///< of the thread that commits
    std::uint64_t octets = 0;

    [[nodiscard]] double rate() const { return static_cast<double>(commits) / seconds; }
};

class Comparison {
public:
    Comparison(const StoreBenchOptions& options, storage::SyncMode sync, const Row& row)
        : row_(row),
          scratch_(options.directory),
          raw_(scratch_.path()),
          driver_(scratch_.path(), sync) {
        const std::size_t count = std::max<std::size_t>(
            row.messages, std::min<std::size_t>(pool_octets / row.body, 4096));
        for (std::size_t i = 0; i < count; ++i) {
            pool_.push_back(message_of(row.body, static_cast<char>(i)));
        }
        driver_.define_queue(queue);
        driver_.settle_down();
        for (std::size_t i = 0; i < commits_behind; ++i) {
            hand_over_batch();
            driver_.settle_down();
        }
    }

    void run(double seconds) {
        const auto end = Clock::now() + std::chrono::duration<double>(seconds);
        while (Clock::now() < end) {
            add(run_raw(), run_store());
        }
    }

    void print() const {
        const double payload = static_cast<double>(store_.commits * row_.messages * row_.body);
        const auto per_commit = [](const Slice& all) {
            return all.cpu / static_cast<double>(all.commits) * 1e6;
        };
        const double cpu_raw = per_commit(raw_all_);
        const double cpu_store = per_commit(store_);
        fmt::print("{:>7} x {:<6}  {:>8.0f}  {:>8.0f}  {:>6.2f}", row_.body, row_.messages,
                   median(raw_rates_), median(store_rates_), median(ratios_));
        fmt::print("  {:>9.0f}  {:>9.0f}  {:>6.2f}  {:>7.2f}\n", cpu_raw, cpu_store,
                   cpu_store / cpu_raw, static_cast<double>(store_.octets) / payload);
        std::fflush(stdout);
    }
    [[nodiscard]] double ratio() const { return median(ratios_); }

private:
    Slice run_raw() {
        Slice result;
        std::vector<std::string_view> bodies;
        const double cpu = cpu_of_this_thread();
        const auto begin = Clock::now();
        do {
            bodies.clear();
            for (std::size_t i = 0; i < row_.messages; ++i) bodies.push_back(next()->body());
            raw_.commit(bodies);
            ++result.commits;
        } while (Clock::now() - begin < slice);
        result.seconds = seconds_since(begin);
        result.cpu = cpu_of_this_thread() - cpu;
        return result;
    }

    /// Each batch is handed over while the one before it is being synced: a commit per batch, and
    /// the next one begins when the last one ends.
    Slice run_store() {
        Slice result;
        const double cpu = cpu_of_others();
        const std::uint64_t octets = octets_written();
        const std::uint64_t commits = driver_.store().stats().commits;
        std::uint64_t batches = 1;
        std::uint64_t sync = syncs();
        const auto begin = Clock::now();
        hand_over_batch();
        do {
            prepare_batch();
            wait_for_sync(++sync);
            driver_.submit_awaited();
            ++batches;
            driver_.run_notices();
        } while (Clock::now() - begin < slice);
        wait_for_sync(++sync);  // the last but one has come to its end
        result.seconds = seconds_since(begin);
        result.commits = driver_.store().stats().commits - commits;
        driver_.settle_down();
        // What was handed over and not counted has its share of what was spent.
        const double counted = static_cast<double>(result.commits) / static_cast<double>(batches);
        result.cpu = (cpu_of_others() - cpu) * counted;
        result.octets =
            static_cast<std::uint64_t>(static_cast<double>(octets_written() - octets) * counted);
        return result;
    }

    void hand_over_batch() {
        prepare_batch();
        driver_.submit_awaited();
    }

    void prepare_batch() {
        const std::uint64_t first = driver_.store().id_base() + sequences_ + 1;
        for (std::size_t i = 0; i < row_.messages; ++i) driver_.publish(next(), queue);
        sequences_ += row_.messages;
        batches_.push_back(first);
        if (batches_.size() <= commits_behind) return;
        for (std::uint64_t i = 0; i < row_.messages; ++i) {
            driver_.store().settle(
                {storage::QueueId{queue}, storage::Sequence{batches_.front() + i}},
                storage::Settled::taken);
        }
        batches_.pop_front();
    }

    const protocol::amqp::MessagePtr& next() { return pool_[next_++ % pool_.size()]; }

    void add(const Slice& raw, const Slice& store) {
        raw_rates_.push_back(raw.rate());
        store_rates_.push_back(store.rate());
        ratios_.push_back(store.rate() / raw.rate());
        for (const auto& [sum, one] : {std::pair(&raw_all_, &raw), std::pair(&store_, &store)}) {
            sum->commits += one->commits;
            sum->cpu += one->cpu;
            sum->octets += one->octets;
        }
    }

    const Row& row_;
    ScratchDirectory scratch_;
    RawLog raw_;
    StoreDriver driver_;
    std::vector<protocol::amqp::MessagePtr> pool_{};
    std::size_t next_ = 0;
    std::uint64_t sequences_ = 0;
    std::deque<std::uint64_t> batches_{};  ///< first sequences of what is not settled
    std::vector<double> raw_rates_{};
    std::vector<double> store_rates_{};
    std::vector<double> ratios_{};
    Slice raw_all_{};
    Slice store_{};
};

}  // namespace

void compare_commits(const StoreBenchOptions& options, storage::SyncMode sync) {
    const bool pipelined = sync == storage::SyncMode::pipelined;
    fmt::print("\ncommits beside the raw log, storage.sync = \"{}\"\n",
               pipelined ? "pipelined" : "each");
    fmt::print("{:>7} x {:<6}  {:>8}  {:>8}  {:>6}  {:>9}  {:>9}  {:>6}  {:>7}  {:>6}\n", "octets",
               "number", "raw/s", "store/s", "ratio", "raw us", "writer us", "CPU", "written",
               "target");
    for (const Row& row : rows) {
        const std::string name = fmt::format("{}x{}", row.body, row.messages);
        if (!options.row.empty() && options.row != name) continue;
        Comparison comparison(options, sync, row);
        comparison.run(options.seconds);
        comparison.print();
        const double target = pipelined ? row.target_pipelined : row.target_each;
        fmt::print("{:>84}{:.2f}{}\n", "target ", target,
                   comparison.ratio() < target ? "  missed" : "");
    }
}

}  // namespace leveret::bench
