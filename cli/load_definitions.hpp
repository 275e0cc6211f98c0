// The definitions that the configuration names, brought in at every start.
#pragma once

#include "broker/broker.hpp"

namespace leveret::cli {

/// Brings them in. On an empty data directory the default user is made, too, unless users are among
/// them.
/// Throws:   std::runtime_error naming the file and what is wrong with it: the broker is not to
///           start without what it was told to have.
/// Requires: what is stored has been read.
/// Thread:   broker thread, before anybody is served.
void load_definitions(broker::Broker& broker);

}  // namespace leveret::cli
