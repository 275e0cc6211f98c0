// What may be done to the broker from outside: the same checks, codes and texts as in AMQP.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "broker/access/rights.hpp"
#include "broker/broker.hpp"
#include "broker/insight/inspector.hpp"
#include "broker/insight/requests.hpp"
#include "broker/insight/result.hpp"

namespace leveret::broker::insight {

/// The rights of whoever asks. Nothing: nobody is named, or the broker's own socket, which may do
/// everything.
[[nodiscard]] std::optional<access::Rights> rights_of(Broker& broker, const std::string& user,
                                                      const std::string& vhost);

/// All are done at once; what they changed may have to become durable yet.
/// Thread: broker thread.
[[nodiscard]] Result<Inspector::Declared> declare(Broker& broker, const DeclareExchange& request);
[[nodiscard]] Result<Inspector::Declared> declare(Broker& broker, const DeclareQueue& request);
[[nodiscard]] Result<Done> remove(Broker& broker, const DeleteExchange& request);
[[nodiscard]] Result<std::uint64_t> remove(Broker& broker, const DeleteQueue& request);
[[nodiscard]] Result<Inspector::Declared> bind(Broker& broker, const Bind& request);
[[nodiscard]] Result<Done> unbind(Broker& broker, const Bind& request);

/// All of them. Requires: no count is given.
[[nodiscard]] Result<Done> pause(Broker& broker, const ObjectName& queue, bool paused,
                                 std::string_view user);
[[nodiscard]] Result<std::uint64_t> purge(Broker& broker, const Purge& request);

/// The oldest ones, in slices. `done` is told how many went, or why none did.
[[nodiscard]] std::unique_ptr<Task> purge_oldest(Broker& broker, Purge request,
                                                 std::function<void(Result<std::uint64_t>)> done);

/// Returns: nullptr when there is none, or one of its ends is missing.
[[nodiscard]] const routing::Binding* find_binding(Vhost& vhost, const Bind& request);

/// Throws: ProtocolError(not_found).
[[nodiscard]] Vhost& find_vhost(Broker& broker, const std::string& name);

}  // namespace leveret::broker::insight
