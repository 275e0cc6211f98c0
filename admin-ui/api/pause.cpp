// Pausing a queue: it takes messages and delivers none until it is resumed.
#include <utility>

#include "admin-ui/api/broker_call.hpp"
#include "admin-ui/api/endpoints.hpp"

namespace leveret::admin::endpoints {

namespace {

Answer set_paused(Call& call, bool paused) {
    co_await done<broker::insight::Done>([&](auto then) {
        call.broker().pause({call["vhost"], call["queue"]}, paused, call.user().name,
                            std::move(then));
    });
    co_return empty_reply(204);
}

}  // namespace

Answer pause_queue(Call& call) { return set_paused(call, true); }
Answer resume_queue(Call& call) { return set_paused(call, false); }

}  // namespace leveret::admin::endpoints
