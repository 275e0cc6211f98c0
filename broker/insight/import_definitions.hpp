// Bringing definitions in: users, vhosts and all that is declared in them, all or none.
#pragma once

#include "broker/broker.hpp"
#include "broker/insight/definitions.hpp"
#include "broker/insight/result.hpp"

namespace leveret::broker::insight {

/// Makes or changes what the definitions name; nothing is deleted. A queue or an exchange that
/// stands is left as it is.
///
/// Returns: what was done, or would be; else PRECONDITION_FAILED with a text that begins with
///          the entry, "queues[17] 'orders' in vhost '/': ...". Nothing was done then.
/// Thread:  broker thread, which it keeps for its whole time: some microseconds for each entry.
[[nodiscard]] Result<ImportReport> import_definitions(Broker& broker,
                                                      const ImportDefinitions& request);

}  // namespace leveret::broker::insight
