#include "admin-ui/api/call.hpp"

#include <fmt/format.h>

#include <charconv>
#include <optional>

#include "admin-ui/api/broker_call.hpp"
#include "admin-ui/api/json_writer.hpp"
#include "protocol/assert.hpp"

namespace leveret::admin {

namespace insight = broker::insight;
namespace reply = protocol::amqp::reply;

namespace {

std::optional<std::int64_t> seconds(std::string_view text) {
    std::int64_t value{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return value;
}

std::optional<insight::SampleRange> range(const Query& query, const std::string& prefix) {
    const auto age = query.find(prefix + "_age");
    const auto step = query.find(prefix + "_incr");
    if (!age && !step) return std::nullopt;
    const auto age_seconds = seconds(age.value_or(""));
    const auto step_seconds = seconds(step.value_or(""));
    constexpr std::int64_t most = 10'000'000;  // seconds: beyond what is kept, and no overflow
    const bool sound = age_seconds && step_seconds && *age_seconds >= 0 && *age_seconds <= most &&
                       *step_seconds <= most;
    const insight::SampleRange asked{std::chrono::seconds(age_seconds.value_or(0)),
                                     std::chrono::seconds(step_seconds.value_or(0))};
    if (!sound || !asked.valid()) {
        throw bad_request(fmt::format("Invalid range parameters: age {}, incr {}",
                                      age.value_or("undefined"), step.value_or("undefined")));
    }
    return asked;
}

}  // namespace

const std::string& Call::operator[](std::string_view name) const {
    const std::optional<std::size_t> place = route.place_of(name);
    LEVERET_ASSERT(place);  // the handler's pattern has the name
    return values_.at(*place);
}

insight::Vhosts Call::visible_vhosts() const {
    if (route.place_of("vhost")) {
        return std::vector<std::string>{(*this)["vhost"]};
    }
    const auto wanted = request.fields.find("x-vhost");
    std::vector<std::string> visible;
    for (const std::string& name : services.vhosts) {
        if (wanted && !wanted->empty() && *wanted != name) continue;
        if (user().is_administrator() || user().sees_vhost(name)) visible.push_back(name);
    }
    return visible;
}

std::string exchange_name(std::string_view in_path) {
    return in_path == "amq.default" ? std::string() : std::string(in_path);
}

std::string Call::exchange(std::string_view name) const { return exchange_name((*this)[name]); }

insight::Samples Call::samples() const {
    return {.messages = range(query, "msg_rates"),
            .lengths = range(query, "lengths"),
            .octets = range(query, "data_rates"),
            .node = range(query, "node_stats")};
}

boost::asio::awaitable<std::vector<insight::ListenerSnapshot>> Call::listeners() const {
    auto all = co_await answer<std::vector<insight::ListenerSnapshot>>(
        [this](auto then) { broker().listeners(std::move(then)); });
    const auto& http = services.http_listeners;
    all.insert(all.end(), http.begin(), http.end());
    co_return all;
}

Reply json_reply(const std::function<void(JsonSink&)>& write) {
    Reply made;
    made.body = json(write);
    return made;
}

Reply empty_reply(unsigned status) {
    Reply made;
    made.status = status;
    return made;
}

ApiError api_error(const insight::Refusal& refusal) {
    const std::string why(refusal.explanation());
    if (refusal.code == reply::access_refused) return not_authorised("Access refused.");
    if (refusal.code == reply::not_found) return {404, "not_found", why};
    return bad_request(why);
}

ApiError message_error(const insight::Refusal& refusal) {
    if (refusal.code == reply::access_refused) return not_authorised(refusal.text);
    if (refusal.code == reply::not_found) return {404, "not_found", refusal.text};
    return bad_request(fmt::format("{} {}", refusal.code.number, refusal.text));
}

}  // namespace leveret::admin
