// From objects of the broker to their snapshots: counts, without rates and the past.
#pragma once

#include "broker/insight/snapshots.hpp"
#include "broker/queue.hpp"
#include "broker/vhost.hpp"
#include "routing/exchange.hpp"

namespace leveret::broker::insight {

/// Thread: broker thread.
[[nodiscard]] QueueSnapshot describe(Vhost& vhost, const Queue& queue);
[[nodiscard]] ExchangeSnapshot describe(Vhost& vhost, const routing::Exchange& exchange);
[[nodiscard]] BindingSnapshot describe(Vhost& vhost, const routing::Binding& binding);
/// The binding by which every queue is bound to the default exchange.
[[nodiscard]] BindingSnapshot describe_implicit(Vhost& vhost, const Queue& queue);

}  // namespace leveret::broker::insight
