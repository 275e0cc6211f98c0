#include "storage/store.hpp"

#include <utility>

namespace leveret::storage {

void Store::recover(RecoverySink& sink) { sink.done({}); }

void Store::tell_health(Health health) {
    health_ = std::move(health);
    if (health_listener_ != nullptr) health_listener_->storage_health_changed(health_);
}

}  // namespace leveret::storage
