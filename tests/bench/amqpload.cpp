// amqpload: a broker-neutral AMQP 0-9-1 load generator that costs next to nothing per message, so
// that the broker is what is measured. Publishers send messages encoded beforehand; consumers only
// count frames. Prints one line of JSON; `amqpload --help` and the README name the flags.

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <string>
#include <thread>
#include <vector>

#include "tests/bench/amqp_client.hpp"
#include "tests/bench/load_options.hpp"
#include "tests/bench/load_workers.hpp"
#include "tests/bench/process_stats.hpp"

namespace leveret::bench {
namespace {

constexpr auto poll_interval = std::chrono::milliseconds(2);
constexpr double count_seconds_max = 300;  ///< --count gives up then and reports what came

struct Measurement {
    double seconds = 0;
    double cpu_seconds = 0;
    std::uint64_t published = 0;
    std::uint64_t confirmed = 0;
    std::uint64_t consumed = 0;
};

double seconds_since(std::uint64_t begin_ns) {
    return static_cast<double>(now_ns() - begin_ns) / 1e9;
}

void bind_queue(AmqpClient& client, const LoadOptions& options, const std::string& queue,
                const std::string& binding_key) {
    OctetWriter bind(method::queue_bind);
    bind.u16(0).short_string(queue).short_string(options.exchange()).short_string(binding_key);
    client.call(bind.u8(0).long_string(""), method::queue_bind_ok);
}

void declare_queue(AmqpClient& client, const LoadOptions& options, int index) {
    const std::string queue = options.queue_name(index);
    OctetWriter arguments;
    if (!options.queue_type.empty())
        arguments.short_string("x-queue-type").u8('S').long_string(options.queue_type);
    OctetWriter declare(method::queue_declare);
    declare.u16(0).short_string(queue).u8(options.durable ? bit_durable : 0);
    client.call(declare.long_string(arguments.view()), method::queue_declare_ok);
    if (!options.drain && !options.keep && !options.stream()) {
        OctetWriter purge(method::queue_purge);
        client.call(purge.u16(0).short_string(queue).u8(0), method::queue_purge_ok);
    }
    if (options.exchange_type.empty()) return;
    bind_queue(client, options, queue, options.binding_key.empty() ? queue : options.binding_key);
    for (std::uint64_t i = 0; i < options.decoys; ++i)
        bind_queue(client, options, queue,
                   "decoy." + std::to_string(index) + "." + std::to_string(i) + ".#");
}

void declare_topology(AmqpClient& client, const LoadOptions& options) {
    if (!options.exchange_type.empty()) {
        if (!options.keep) {  // bindings of an earlier run would be part of what is measured
            OctetWriter remove(method::exchange_delete);
            remove.u16(0).short_string(options.exchange()).u8(0);
            client.call(remove, method::exchange_delete_ok);
        }
        OctetWriter declare(method::exchange_declare);
        declare.u16(0).short_string(options.exchange()).short_string(options.exchange_type);
        declare.u8(options.durable ? bit_durable : 0).long_string("");
        client.call(declare, method::exchange_declare_ok);
    }
    for (int i = 0; i < options.queues; ++i) declare_queue(client, options, i);
}

template <class Worker>
std::vector<std::thread> start_workers(int number, const LoadOptions& options, Progress& progress) {
    std::vector<std::thread> threads;
    for (int i = 0; i < number; ++i)
        threads.emplace_back([&options, &progress, i] { Worker(options, progress, i).run(); });
    return threads;
}

void wait_for_count(const LoadOptions& options, const Progress& progress, std::uint64_t begin_ns) {
    const std::uint64_t goal = options.count * static_cast<std::uint64_t>(options.publishers);
    const auto wait_until_counted = [&](const std::atomic<std::uint64_t>& counter) {
        while (counter < goal && seconds_since(begin_ns) < count_seconds_max)
            std::this_thread::sleep_for(poll_interval);
    };
    wait_until_counted(progress.published);
    if (options.confirm_window > 0) wait_until_counted(progress.confirmed);
    if (options.consumers > 0) wait_until_counted(progress.consumed);
}

void join(std::vector<std::thread>& threads) {
    for (auto& thread : threads) thread.join();
    threads.clear();
}

/// Publishes and consumes until the time is over or the count is reached.
void run_load(const LoadOptions& options, Progress& progress, Measurement& result,
              std::vector<std::thread>& publishers) {
    for (int ready = progress.consuming; ready < options.consumers; ready = progress.consuming)
        progress.consuming.wait(ready);
    const std::uint64_t begin_ns = now_ns();
    publishers = start_workers<Publisher>(options.publishers, options, progress);
    if (options.count > 0)
        wait_for_count(options, progress, begin_ns);
    else
        std::this_thread::sleep_for(std::chrono::duration<double>(options.seconds));
    result.seconds = seconds_since(begin_ns);
}

/// Consumes what is there; the idle second that shows the end does not count.
void run_drain(Measurement& result, std::vector<std::thread>& consumers) {
    const std::uint64_t begin_ns = now_ns();
    join(consumers);
    result.seconds = seconds_since(begin_ns) - 1;
}

void print_latencies(std::vector<std::uint32_t>& latencies) {
    std::sort(latencies.begin(), latencies.end());
    const auto microseconds = [&](double quantile) {
        if (latencies.empty()) return 0.0;
        const auto size = static_cast<double>(latencies.size());
        const auto at = static_cast<std::size_t>(quantile * size);
        return latencies[std::min(latencies.size() - 1, at)] / 10.0;
    };
    std::printf(
        ",\"latency_us\":{\"p50\":%.1f,\"p95\":%.1f,\"p99\":%.1f,\"p999\":%.1f,\"max\":%.1f,"
        "\"n\":%zu}",
        microseconds(.5), microseconds(.95), microseconds(.99), microseconds(.999), microseconds(1),
        latencies.size());
}

void print_measurement(const LoadOptions& options, const Measurement& result) {
    const auto per_second = [&](std::uint64_t number) {
        return static_cast<double>(number) / result.seconds;
    };
    const auto messages =
        static_cast<double>(result.consumed > 0 ? result.consumed : result.published);
    const auto mebibytes = [&](std::string_view key) {
        if (options.broker_pid == 0) return 0.0;
        return static_cast<double>(process_status_kib(options.broker_pid, key)) / 1024;
    };
    std::printf(
        "{\"published_per_s\":%.0f,\"confirmed_per_s\":%.0f,\"consumed_per_s\":%.0f,"
        "\"seconds\":%.2f,\"broker_cpu_s\":%.2f,\"broker_cpu_us_per_msg\":%.3f,"
        "\"rss_mib\":%.1f,\"peak_mib\":%.1f",
        per_second(result.published), per_second(result.confirmed), per_second(result.consumed),
        result.seconds, result.cpu_seconds, messages > 0 ? result.cpu_seconds * 1e6 / messages : 0,
        mebibytes("VmRSS:"), mebibytes("VmHWM:"));
}

[[noreturn]] void run(const LoadOptions& options) {
    AmqpClient topology_client(options.login);  // open to the end: its queues may depend on it
    declare_topology(topology_client, options);

    Progress progress;
    Measurement result;
    const auto cpu_seconds = [&] {
        return options.broker_pid != 0 ? process_cpu_seconds(options.broker_pid) : 0;
    };
    const double cpu_before = cpu_seconds();
    auto consumers = start_workers<Consumer>(options.consumers, options, progress);
    std::vector<std::thread> publishers;
    if (options.drain)
        run_drain(result, consumers);
    else
        run_load(options, progress, result, publishers);
    result.published = progress.published;
    result.confirmed = progress.confirmed;
    result.consumed = progress.consumed;
    result.cpu_seconds = cpu_seconds() - cpu_before;

    progress.stop_publishing = true;
    print_measurement(options, result);
    if (options.latency) {
        progress.stop = true;
        join(consumers);
        print_latencies(progress.latencies);
    }
    std::puts("}");
    std::fflush(stdout);
    _exit(0);  // publishers may be stuck in a send that a full broker never takes
}

}  // namespace
}  // namespace leveret::bench

int main(int argc, char** argv) {
    leveret::bench::run(leveret::bench::parse_load_options(argc, argv));
}
