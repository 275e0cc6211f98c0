// Publishing and getting messages from outside.
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "broker/broker.hpp"
#include "broker/insight/requests.hpp"
#include "broker/insight/result.hpp"
#include "broker/insight/slices.hpp"

namespace leveret::broker::insight {

/// Routes a message as a channel would. `waiter` is told when it is durable, if `durable` says that
/// somebody promises that.
/// Thread: broker thread.
struct PublishOutcome {
    Published published{};
    bool durable = false;
};
[[nodiscard]] Result<PublishOutcome> publish(Broker& broker, const Publish& request,
                                             const std::function<storage::Waiter()>& waiter);

/// Takes messages as basic.get does, in slices, and then does with them what the mode says.
[[nodiscard]] std::unique_ptr<Task> get_messages(
    Broker& broker, Get request, std::function<void(Result<std::vector<GotMessage>>)> done);

}  // namespace leveret::broker::insight
