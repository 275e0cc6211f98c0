#include "broker/insight/observation.hpp"

namespace leveret::broker::insight {

void Observation::tell(const Told& told) {
    if (listener_ == nullptr) return;
    listener_->happened({.id = ++last_event_,
                         .object = told.object,
                         .at = clock_.unix_now(),
                         .type = told.type,
                         .vhost = std::string(told.vhost),
                         .name = std::string(told.name),
                         .by = std::string(user_),
                         .detail = std::string(told.detail)});
}

std::string_view to_string(EventType type) {
    switch (type) {
        case EventType::vhost_created:
            return "vhost.created";
        case EventType::vhost_deleted:
            return "vhost.deleted";
        case EventType::exchange_created:
            return "exchange.created";
        case EventType::exchange_deleted:
            return "exchange.deleted";
        case EventType::queue_created:
            return "queue.created";
        case EventType::queue_deleted:
            return "queue.deleted";
        case EventType::queue_purged:
            return "queue.purged";
        case EventType::queue_paused:
            return "queue.paused";
        case EventType::queue_resumed:
            return "queue.resumed";
        case EventType::binding_created:
            return "binding.created";
        case EventType::binding_deleted:
            return "binding.deleted";
        case EventType::connection_created:
            return "connection.created";
        case EventType::connection_closed:
            return "connection.closed";
        case EventType::channel_created:
            return "channel.created";
        case EventType::channel_closed:
            return "channel.closed";
        case EventType::consumer_created:
            return "consumer.created";
        case EventType::consumer_deleted:
            return "consumer.deleted";
        case EventType::policy_set:
            return "policy.set";
        case EventType::policy_cleared:
            return "policy.cleared";
        case EventType::parameter_set:
            return "parameter.set";
        case EventType::parameter_cleared:
            return "parameter.cleared";
        case EventType::user_created:
            return "user.created";
        case EventType::user_deleted:
            return "user.deleted";
        case EventType::user_password_changed:
            return "user.password.changed";
        case EventType::user_tags_set:
            return "user.tags.set";
        case EventType::user_limits_set:
            return "user.limits.set";
        case EventType::permission_created:
            return "permission.created";
        case EventType::permission_deleted:
            return "permission.deleted";
        case EventType::topic_permission_created:
            return "topic.permission.created";
        case EventType::topic_permission_deleted:
            return "topic.permission.deleted";
        case EventType::user_authentication_failure:
            return "user.authentication.failure";
        case EventType::alarm_set:
            return "alarm.set";
        case EventType::alarm_cleared:
            return "alarm.cleared";
    }
    return "unknown";
}

}  // namespace leveret::broker::insight
