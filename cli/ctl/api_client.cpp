#include "cli/ctl/api_client.hpp"

#include <fmt/format.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/connect.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <charconv>
#include <exception>

#include "admin-ui/api/error.hpp"
#include "admin-ui/api/target.hpp"
#include "broker/digest.hpp"

namespace leveret::cli::ctl {

namespace asio = boost::asio;
using asio::ip::tcp;
using Local = asio::local::stream_protocol;
using Socket = asio::generic::stream_protocol::socket;

namespace {

std::string shown(const Place& place) {
    if (!place.socket.empty()) return place.socket.string();
    return fmt::format("{}:{}", place.host, place.port);
}

asio::awaitable<Socket> connect(asio::io_context& context, const Place& place) {
    if (!place.socket.empty()) {
        Local::socket socket(context);
        co_await socket.async_connect(Local::endpoint(place.socket.string()), asio::use_awaitable);
        co_return Socket(std::move(socket));
    }
    tcp::resolver resolver(context);
    const auto endpoints = co_await resolver.async_resolve(place.host, std::to_string(place.port),
                                                           asio::use_awaitable);
    tcp::socket socket(context);
    co_await asio::async_connect(socket, endpoints, asio::use_awaitable);
    co_return Socket(std::move(socket));
}

/// HTTP/1.0: the answer ends with the connection, in one piece.
std::string request_text(const Place& place, std::string_view method, std::string_view path,
                         std::string_view body) {
    std::string text =
        fmt::format("{} {}/api{} HTTP/1.0\r\nhost: {}\r\nconnection: close\r\n", method,
                    place.path_prefix, path, place.socket.empty() ? shown(place) : "localhost");
    if (!place.user.empty()) {
        text += fmt::format("authorization: Basic {}\r\n",
                            broker::base64(place.user + ":" + place.password));
    }
    if (!body.empty()) {
        text +=
            fmt::format("content-type: application/json\r\ncontent-length: {}\r\n", body.size());
    }
    return text + "\r\n" + std::string(body);
}

asio::awaitable<void> exchange(asio::io_context& context, const Place& place, std::string request,
                               std::string& answer) {
    Socket socket = co_await connect(context, place);
    co_await asio::async_write(socket, asio::buffer(request), asio::use_awaitable);
    auto [error, count] = co_await asio::async_read(socket, asio::dynamic_buffer(answer),
                                                    asio::as_tuple(asio::use_awaitable));
    if (error != asio::error::eof) throw boost::system::system_error(error);
}

}  // namespace

Place parse_url(std::string_view url) {
    constexpr std::string_view scheme = "http://";
    if (!url.starts_with(scheme)) throw UsageError("a URL begins with http://");
    url.remove_prefix(scheme.size());
    Place place;
    const std::size_t slash = std::min(url.find('/'), url.size());
    std::string_view path = url.substr(slash);
    while (path.ends_with('/')) path.remove_suffix(1);
    place.path_prefix = path;
    std::string_view authority = url.substr(0, slash);
    if (const std::size_t at = authority.rfind('@'); at != std::string_view::npos) {
        const std::string_view who = authority.substr(0, at);
        const std::size_t colon = std::min(who.find(':'), who.size());
        auto user = admin::percent_decode(who.substr(0, colon), false);
        auto password = admin::percent_decode(who.substr(std::min(who.size(), colon + 1)), false);
        if (!user || !password) throw UsageError("the URL's user or password is escaped wrongly");
        place.user = *std::move(user);
        place.password = *std::move(password);
        authority.remove_prefix(at + 1);
    }
    std::string_view port;
    if (authority.starts_with('[')) {
        const std::size_t close = std::min(authority.find(']'), authority.size());
        place.host = authority.substr(1, close - 1);
        port = authority.substr(std::min(authority.size(), close + 1));
        if (port.starts_with(':')) port.remove_prefix(1);
    } else {
        const std::size_t colon = std::min(authority.find(':'), authority.size());
        place.host = authority.substr(0, colon);
        port = authority.substr(std::min(authority.size(), colon + 1));
    }
    if (place.host.empty()) throw UsageError("the URL names no host");
    if (!port.empty()) {
        const auto [end, error] =
            std::from_chars(port.data(), port.data() + port.size(), place.port);
        if (error != std::errc{} || end != port.data() + port.size()) {
            throw UsageError("the URL's port is no number");
        }
    }
    return place;
}

ApiClient::Answer ApiClient::ask(std::string_view method, std::string_view path,
                                 std::string_view body) const {
    asio::io_context context;
    std::string text;
    std::exception_ptr failure;
    bool finished = false;
    asio::co_spawn(context,
                   exchange(context, place_, request_text(place_, method, path, body), text),
                   [&](std::exception_ptr thrown) {
                       failure = std::move(thrown);
                       finished = true;
                   });
    context.run_for(place_.timeout);
    if (!finished) {
        throw Unreachable(
            fmt::format("no answer from {} in {} s", shown(place_), place_.timeout.count()));
    }
    try {
        if (failure) std::rethrow_exception(failure);
    } catch (const boost::system::system_error& error) {
        throw Unreachable(fmt::format("cannot reach the broker at {}: {}", shown(place_),
                                      error.code().message()));
    }
    const std::size_t head_end = text.find("\r\n\r\n");
    constexpr std::size_t status_at = 9;  // behind "HTTP/1.1 "
    if (head_end == std::string::npos || head_end < status_at + 3) {
        throw Unreachable(fmt::format("{} does not speak HTTP", shown(place_)));
    }
    Answer answer{.body = text.substr(head_end + 4)};
    std::from_chars(text.data() + status_at, text.data() + status_at + 3, answer.status);
    return answer;
}

std::string ApiClient::checked(std::string_view method, std::string_view path,
                               std::string_view body) const {
    Answer answer = ask(method, path, body);
    if (answer.status >= 200 && answer.status < 300) return std::move(answer.body);
    try {
        const admin::JsonValue value = admin::parse_json(answer.body);
        const auto* object = value.as<admin::JsonObject>();
        const auto* reason = object == nullptr ? nullptr : admin::find(*object, "reason");
        const auto* words = reason == nullptr ? nullptr : reason->as<std::string>();
        if (words != nullptr) throw Refused(*words);
    } catch (const admin::ApiError&) {
        // No JSON: the status says what there is to say.
    }
    if (answer.status == 401)
        throw Refused("who you are is not known there: give user and password");
    throw Refused(fmt::format("the broker answered with status {}", answer.status));
}

std::string ApiClient::get_text(std::string_view path) const { return checked("GET", path); }

admin::JsonValue ApiClient::get(std::string_view path) const {
    try {
        return admin::parse_json(get_text(path));
    } catch (const admin::ApiError&) {
        throw Refused("the broker's answer is no JSON");
    }
}

void ApiClient::put(std::string_view path, std::string_view body) const {
    (void)checked("PUT", path, body);
}

std::string ApiClient::post(std::string_view path, std::string_view body) const {
    return checked("POST", path, body);
}

void ApiClient::remove(std::string_view path) const { (void)checked("DELETE", path); }

}  // namespace leveret::cli::ctl
