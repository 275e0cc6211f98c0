#include "routing/router.hpp"

namespace leveret::routing {

namespace {

std::uint64_t last_epoch = 0;  // one for all routers: destinations may be shared

}  // namespace

void Router::route(Exchange& start, RoutedMessage& message, Route& route) {
    route.clear();
    route.may_be_remembered = message.more_keys().empty();
    MatchSink sink(route, ++last_epoch);
    sink.visit(start);
    // What is passed grows while we go; each exchange comes in once, so there is an end.
    for (std::size_t i = 0; i < route.passed.size(); ++i) {
        Exchange& exchange = *route.passed[i].exchange;
        route.may_be_remembered &= exchange.keys_decide() && exchange.delay_queue() == nullptr;
        if (Destination* const queue = exchange.delay_queue()) {
            if ((route.delay = message.delay())) {
                sink.visit(*queue);
                continue;
            }
        }
        route.is_kept |= exchange.keeps_messages();
        sink.begin_exchange();
        exchange.match(message, sink);
        route.passed[i].matches = sink.matches();
        if (sink.matched_any()) continue;
        const auto alternate_name = exchange.alternate_exchange();
        if (!alternate_name) continue;
        if (Exchange* alternate = exchanges_.find_exchange(*alternate_name)) sink.visit(*alternate);
    }
}

}  // namespace leveret::routing
