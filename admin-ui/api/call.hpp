// What a handler of an endpoint is given, and the replies it makes most often.
#pragma once

#include <boost/asio/io_context.hpp>
#include <functional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "admin-ui/api/error.hpp"
#include "admin-ui/api/gate.hpp"
#include "admin-ui/api/http_message.hpp"
#include "admin-ui/api/json_sink.hpp"
#include "admin-ui/api/json_value.hpp"
#include "admin-ui/api/route_table.hpp"
#include "admin-ui/api/target.hpp"
#include "admin-ui/api/users.hpp"
#include "broker/config.hpp"
#include "broker/insight/inspector.hpp"

namespace leveret::admin {

class Feed;
class ListRooms;
class Worker;

/// What all handlers share.
/// Lifetime: the admin server's.
struct Services {
    boost::asio::io_context& context;
    const broker::Config& config;
    broker::insight::Inspector& broker;
    const Users& users;
    Worker& worker;
    Gate& gate;
    Feed& feed;
    ListRooms& lists;
    std::set<std::string, std::less<>>& vhosts;  ///< names of those there are
    const std::vector<broker::insight::ListenerSnapshot>& http_listeners;
    std::string node;  ///< the name of this node, as every object shows it
};

/// One request at one endpoint.
class Call {
public:
    Call(Services& shared, const Request& received, Target parsed, const Route& found,
         std::vector<std::string> path_values, Caller who)
        : services(shared),
          request(received),
          query(std::move(parsed.query)),
          route(found),
          caller(std::move(who)),
          values_(std::move(path_values)) {}

    Services& services;
    const Request& request;
    const Query query;
    const Route& route;
    const Caller caller;

    /// What stands for `{name}` in the path.
    [[nodiscard]] const std::string& operator[](std::string_view name) const;

    [[nodiscard]] broker::insight::Inspector& broker() const { return services.broker; }
    [[nodiscard]] const Principal& user() const { return caller.principal; }
    [[nodiscard]] const std::string& node() const { return services.node; }

    /// The body. Throws: ApiError(400) when it is no object.
    [[nodiscard]] JsonObject body() const { return parse_body(request.body); }

    /// The vhosts whose objects a list may show: those of the path or of `X-Vhost`, as far as the
    /// caller may see them.
    [[nodiscard]] broker::insight::Vhosts visible_vhosts() const;

    /// The exchange of the path: `amq.default` stands for the one without a name.
    [[nodiscard]] std::string exchange(std::string_view name = "exchange") const;

    /// The ranges of samples that the query asks for. Throws: ApiError(400).
    [[nodiscard]] broker::insight::Samples samples() const;

    /// Whether the caller may see and do what belongs to this user.
    [[nodiscard]] bool owns(std::string_view owner) const {
        return user().is_administrator() || owner == user().name;
    }

    /// Where clients of messaging and of HTTP are accepted.
    [[nodiscard]] boost::asio::awaitable<std::vector<broker::insight::ListenerSnapshot>> listeners()
        const;

private:
    std::vector<std::string> values_;
};

/// Returns: "" for `amq.default`.
[[nodiscard]] std::string exchange_name(std::string_view in_path);

[[nodiscard]] Reply json_reply(const std::function<void(JsonSink&)>& write);
[[nodiscard]] Reply empty_reply(unsigned status);

/// A refusal of the broker as an error of the API.
/// Rule: RabbitMQ: rights are 401, what is not there 404, all else 400 with AMQP's words.
[[nodiscard]] ApiError api_error(const broker::insight::Refusal& refusal);

/// The same for publish and get, whose 400s begin with the number and name of the code.
[[nodiscard]] ApiError message_error(const broker::insight::Refusal& refusal);

}  // namespace leveret::admin
