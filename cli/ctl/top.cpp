#include "cli/ctl/top.hpp"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <functional>
#include <iostream>

#include "admin-ui/api/json_value.hpp"
#include "cli/ctl/table.hpp"

namespace leveret::cli::ctl {

namespace {

constexpr std::chrono::seconds period{1};
constexpr int lines_around = 5;  // of the picture that are no queues
constexpr int lines_default = 24;

double number_at(const admin::JsonObject& object, std::string_view path) {
    const auto* value = value_at(object, path);
    if (value == nullptr) return 0;
    if (const auto* integer = value->as<std::int64_t>()) return static_cast<double>(*integer);
    if (const auto* number = value->as<double>()) return *number;
    return 0;
}

struct Line {
    std::string name;
    double publish;
    double deliver;
    double ready;
    double unacked;
    double consumers;
};

std::vector<Line> busiest(const admin::JsonArray& queues) {
    std::vector<Line> lines;
    for (const auto& entry : queues) {
        const auto* queue = entry.as<admin::JsonObject>();
        if (queue == nullptr) continue;
        lines.push_back({.name = cell_text(value_at(*queue, "name")),
                         .publish = number_at(*queue, "message_stats.publish_details.rate"),
                         .deliver = number_at(*queue, "message_stats.deliver_get_details.rate"),
                         .ready = number_at(*queue, "messages_ready"),
                         .unacked = number_at(*queue, "messages_unacknowledged"),
                         .consumers = number_at(*queue, "consumers")});
    }
    std::sort(lines.begin(), lines.end(), [](const Line& a, const Line& b) {
        const double moves_a = a.publish + a.deliver;
        const double moves_b = b.publish + b.deliver;
        if (moves_a != moves_b) return moves_a > moves_b;
        if (a.ready != b.ready) return a.ready > b.ready;
        return a.name < b.name;
    });
    return lines;
}

std::string picture(const Options& options, const ApiClient& client, std::size_t queues_most) {
    const admin::JsonValue overview = client.get("/overview");
    const admin::JsonValue queues = client.get(
        "/queues?columns=name,messages_ready,messages_unacknowledged,consumers,"
        "message_stats.publish_details.rate,message_stats.deliver_get_details.rate");
    const auto* totals = overview.as<admin::JsonObject>();
    const auto* rows = queues.as<admin::JsonArray>();
    if (totals == nullptr || rows == nullptr)
        throw Refused("the broker's answer is not understood");
    std::string text = fmt::format(
        "{}  in {:.1f}/s  out {:.1f}/s  ready {:.0f}  unacked {:.0f}  connections {:.0f}\n\n",
        cell_text(value_at(*totals, "cluster_name")),
        number_at(*totals, "message_stats.publish_details.rate"),
        number_at(*totals, "message_stats.deliver_get_details.rate"),
        number_at(*totals, "queue_totals.messages_ready"),
        number_at(*totals, "queue_totals.messages_unacknowledged"),
        number_at(*totals, "object_totals.connections"));
    text += fmt::format("{:>10} {:>10} {:>10} {:>10} {:>5}  {}\n", "in/s", "out/s", "ready",
                        "unacked", "cons", "queue");
    const std::vector<Line> lines = busiest(*rows);
    for (std::size_t i = 0; i < std::min(lines.size(), queues_most); ++i) {
        const Line& line = lines[i];
        text += fmt::format("{:>10.1f} {:>10.1f} {:>10.0f} {:>10.0f} {:>5.0f}  {}\n", line.publish,
                            line.deliver, line.ready, line.unacked, line.consumers, line.name);
    }
    if (lines.size() > queues_most && !options.quiet) {
        text += fmt::format("… and {} more\n", lines.size() - queues_most);
    }
    return text;
}

std::size_t room() {
    winsize size{};
    const bool known = ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_row > 0;
    return static_cast<std::size_t>(
        std::max(1, (known ? size.ws_row : lines_default) - lines_around));
}

}  // namespace

int top(const Options& options, const ApiClient& client) {
    if (options.once || isatty(STDOUT_FILENO) == 0) {
        std::cout << picture(options, client, static_cast<std::size_t>(-1));
        return 0;
    }
    boost::asio::io_context context;
    boost::asio::signal_set interrupted(context, SIGINT, SIGTERM);
    boost::asio::steady_timer timer(context);
    interrupted.async_wait([&](boost::system::error_code, int) { context.stop(); });
    std::function<void()> show = [&] {
        constexpr std::string_view clear = "\x1b[H\x1b[2J";
        std::cout << clear << picture(options, client, room()) << std::flush;
        timer.expires_after(period);
        timer.async_wait([&](boost::system::error_code error) {
            if (!error) show();
        });
    };
    show();
    context.run();
    return 0;
}

}  // namespace leveret::cli::ctl
