// What one user may do in one vhost, asked again and again: answers are remembered until anything
// about users and permissions changes.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "broker/access/access.hpp"
#include "routing/exchange.hpp"

namespace leveret::broker::access {

/// Throws: all require functions ProtocolError(access_refused).
/// Rule:   RabbitMQ: the default exchange goes by the name amq.default.
/// Thread: broker thread.
class Rights {
public:
    /// `access` outlives it.
    Rights(const Access& access, std::string user, std::string vhost)
        : access_(access), user_(std::move(user)), vhost_(std::move(vhost)) {}

    void require_configure_queue(std::string_view name);
    void require_write_queue(std::string_view name);
    void require_read_queue(std::string_view name);
    void require_configure_exchange(std::string_view name);
    void require_write_exchange(std::string_view name);
    void require_read_exchange(std::string_view name);

    /// Publishing with this key, or binding with it. Only exchanges of type topic ask.
    void require_write_topic(const routing::Exchange& exchange, std::string_view key);
    void require_read_topic(const routing::Exchange& exchange, std::string_view key);

    /// Whether the user may publish in the name of others.
    [[nodiscard]] bool may_impersonate() const;

private:
    enum class Right { configure, write, read };

    void require(Right right, std::string_view kind, std::string_view name);
    void require_topic(bool write, const routing::Exchange& exchange, std::string_view key);
    void refresh();

    const Access& access_;
    const std::string user_;
    const std::string vhost_;
    std::uint64_t generation_ = 0;    ///< of what stands below
    const Grants* grants_ = nullptr;  ///< of the user in the vhost; nothing: it has none
    std::string written_;             ///< the exchange that was last allowed to be written to
    bool written_is_known_ = false;
};

}  // namespace leveret::broker::access
