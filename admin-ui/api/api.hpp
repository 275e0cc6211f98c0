// The API as the server sees it: leads a request to its endpoint, checks who may, and turns what
// goes wrong into errors.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <memory>

#include "admin-ui/api/call.hpp"
#include "admin-ui/api/http_message.hpp"

namespace leveret::admin {

/// Thread: admin thread.
class Api final : public RequestHandler {
public:
    explicit Api(Services& services) : services_(services) {}

    /// Until the broker serves its clients, everything under /api answers 503.
    void open() { open_ = true; }
    void close() { open_ = false; }

    boost::asio::awaitable<Admission> admit(Request& request) override;
    void finish(const Request& request, Reply& reply) override;

private:
    class Admitted;

    boost::asio::awaitable<Admission> admit_call(Request& request, Target target);
    [[nodiscard]] Reply not_open(std::span<const std::string> segments) const;
    void check_rights(const Route& route, const Match& match, const Principal& user) const;
    static boost::asio::awaitable<Reply> guarded(Call& call);
    [[nodiscard]] std::string_view below_prefix(std::string_view target) const;
    void add_cors(const Request& request, Reply& reply) const;

    Services& services_;
    bool open_ = false;
};

}  // namespace leveret::admin
