#include "tests/bench/load_options.hpp"

#include <cstdio>
#include <cstdlib>
#include <sstream>
#include <string_view>
#include <variant>
#include <vector>

namespace leveret::bench {

namespace {

using Target = std::variant<bool*, int*, std::uint16_t*, std::uint64_t*, double*, std::string*>;

struct Flag {
    std::string_view name;
    Target target;
    std::string_view help;
};

std::vector<Flag> flags_into(LoadOptions& options) {
    return {
        {"host", &options.login.host, "IPv4 address of the broker"},
        {"port", &options.login.port, "its AMQP port"},
        {"user", &options.login.user, "user name"},
        {"pass", &options.login.password, "password"},
        {"vhost", &options.login.vhost, "virtual host"},
        {"pub", &options.publishers, "publishers, each with a connection and a thread"},
        {"sub", &options.consumers, "consumers, each with a connection and a thread"},
        {"queues", &options.queues, "queues; publishers and consumers share them out"},
        {"queue", &options.queue, "first part of the queues' names"},
        {"qarg-queue-type", &options.queue_type, "x-queue-type of the queues"},
        {"keep", &options.keep, "do not delete the exchange and purge the queues first"},
        {"size", &options.body_octets, "octets of a body"},
        {"seconds", &options.seconds, "how long to publish"},
        {"count", &options.count, "publish this many per publisher, then stop"},
        {"rate", &options.rate, "messages per second and publisher; 0: no limit"},
        {"durable", &options.durable, "durable exchange and queues"},
        {"persistent", &options.persistent, "delivery mode 2"},
        {"confirm", &options.confirm_window, "publisher confirms, at most N outstanding"},
        {"autoack", &options.auto_ack, "consume without acks"},
        {"ack", &options.ack_every, "ack every N messages"},
        {"prefetch", &options.prefetch, "basic.qos per consumer"},
        {"latency", &options.latency, "report the time from publish to delivery"},
        {"exchange", &options.exchange_type, "publish to an exchange of this type"},
        {"key", &options.key, "routing key; the queue's name otherwise"},
        {"keys", &options.keys, "N routing keys in turn: KEY.000000 and on"},
        {"bind", &options.binding_key, "binding key; the routing key otherwise"},
        {"decoys", &options.decoys, "N further bindings per queue that never match"},
        {"drain", &options.drain, "do not publish; consume until 1 s brings nothing"},
        {"pid", &options.broker_pid, "process of the broker, for its CPU time and memory"},
    };
}

template <class Number>
void assign(Number& target, const Flag& flag, const std::string& text) {
    std::istringstream in(text);
    if (!(in >> target) || !in.eof())
        die("--" + std::string(flag.name) + " takes a number, not '" + text + "'");
}
void assign(bool& target, const Flag& flag, const std::string& text) {
    int number = 0;
    assign(number, flag, text);
    target = number != 0;
}
void assign(std::string& target, const Flag&, const std::string& text) { target = text; }

[[noreturn]] void print_help(const std::vector<Flag>& flags) {
    std::puts("amqpload: loads an AMQP 0-9-1 broker and prints one line of JSON\n");
    for (const auto& flag : flags) {
        const bool is_switch = std::holds_alternative<bool*>(flag.target);
        const std::string shown = std::string(flag.name) + (is_switch ? "" : "=…");
        std::printf("  --%-*s %.*s\n", is_switch ? 20 : 22, shown.c_str(),
                    static_cast<int>(flag.help.size()), flag.help.data());
    }
    std::exit(0);
}

}  // namespace

LoadOptions parse_load_options(int argc, char** argv) {
    LoadOptions options;
    const auto flags = flags_into(options);
    for (int i = 1; i < argc; ++i) {
        const std::string_view argument = argv[i];
        if (!argument.starts_with("--")) die("bad argument " + std::string(argument));
        const auto equals = argument.find('=');
        const auto name = argument.substr(2, equals == argument.npos ? equals : equals - 2);
        if (name == "help") print_help(flags);
        const std::string text(equals == argument.npos ? "1" : argument.substr(equals + 1));
        bool known = false;
        for (const auto& flag : flags) {
            if (flag.name != name) continue;
            known = true;
            std::visit([&](auto* target) { assign(*target, flag, text); }, flag.target);
        }
        if (!known) die("no such flag: " + std::string(argument));
    }
    if (options.queues < 1) die("--queues must be 1 or more");
    if (options.binding_key.empty()) options.binding_key = options.key;
    return options;
}

}  // namespace leveret::bench
