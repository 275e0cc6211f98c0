#include "broker/access/login_delay.hpp"

#include <algorithm>

#include "broker/limits.hpp"

namespace leveret::broker::access {

namespace {

std::string key_of(std::string_view address, std::string_view user) {
    std::string key(address);
    key += '\0';
    key += user.substr(0, 256);
    return key;
}

std::chrono::milliseconds pause_after(unsigned failures) {
    if (failures == 0) return std::chrono::milliseconds{0};
    const unsigned doublings = std::min(failures - 1, 16U);
    return std::min(limits::login_pause_least * (1 << doublings), limits::login_pause_most);
}

}  // namespace

unsigned LoginDelay::failures(const std::string& key, Time now) const {
    const auto found = by_key_.find(key);
    if (found == by_key_.end()) return 0;
    return now - found->second->last > limits::login_memory ? 0 : found->second->failures;
}

std::chrono::milliseconds LoginDelay::pause(std::string_view address, std::string_view user,
                                            Time now) const {
    const unsigned of_user = failures(key_of(address, user), now);
    const unsigned of_address = failures(std::string(address), now);
    const unsigned beyond = of_address - std::min(of_address, limits::free_failures_of_address);
    return pause_after(std::max(of_user, beyond));
}

void LoginDelay::count(std::string key, Time now) {
    if (const auto found = by_key_.find(key); found != by_key_.end()) {
        const Place place = found->second;
        if (now - place->last > limits::login_memory) place->failures = 0;
        ++place->failures;
        place->last = now;
        entries_.splice(entries_.begin(), entries_, place);
        return;
    }
    entries_.push_front({std::move(key), 1, now});
    by_key_.emplace(entries_.front().key, entries_.begin());
    if (entries_.size() > limits::remembered_sources) {
        by_key_.erase(entries_.back().key);
        entries_.pop_back();
    }
}

void LoginDelay::failed(std::string_view address, std::string_view user, Time now) {
    count(key_of(address, user), now);
    count(std::string(address), now);
}

void LoginDelay::succeeded(std::string_view address, std::string_view user) {
    const auto found = by_key_.find(key_of(address, user));
    if (found == by_key_.end()) return;
    const Place place = found->second;
    by_key_.erase(found);
    entries_.erase(place);
}

}  // namespace leveret::broker::access
