// Looking at messages without a trace: ready ones in memory and on disk, and those that are out.
#pragma once

#include <functional>
#include <memory>

#include "broker/broker.hpp"
#include "broker/insight/requests.hpp"
#include "broker/insight/result.hpp"
#include "broker/insight/slices.hpp"

namespace leveret::broker::insight {

/// Thread: broker thread.
[[nodiscard]] std::unique_ptr<Task> peek_messages(Broker& broker, Peek request,
                                                  std::function<void(Result<PeekPage>)> done);

/// One message, its body whole.
[[nodiscard]] std::unique_ptr<Task> peek_message(Broker& broker, ObjectName queue,
                                                 std::uint64_t sequence,
                                                 std::function<void(Result<PeekedMessage>)> done);

}  // namespace leveret::broker::insight
