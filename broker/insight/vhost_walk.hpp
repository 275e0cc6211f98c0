// One way through the objects of some vhosts, in pieces, while vhosts and objects come and go.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "broker/broker.hpp"
#include "broker/insight/requests.hpp"
#include "broker/vhost.hpp"
#include "routing/walk_list.hpp"

namespace leveret::broker::insight {

/// Returns: the names of those vhosts that are there.
[[nodiscard]] inline std::vector<std::string> names_of(Broker& broker, const Vhosts& vhosts) {
    if (vhosts) return *vhosts;
    std::vector<std::string> names;
    broker.for_each_vhost([&](Vhost& vhost) { names.push_back(vhost.name()); });
    return names;
}

/// Thread: broker thread.
template <class Element>
class VhostWalk {
public:
    using ListOf = routing::WalkList<Element>& (Vhost::*)();

    VhostWalk(Broker& broker, std::vector<std::string> vhosts, ListOf list_of)
        : broker_(broker), vhosts_(std::move(vhosts)), list_of_(list_of) {}

    /// Goes on until `visit(vhost, element)` says false or all were visited. `leave(vhost)` is
    /// called after the last element of each vhost; with nullptr when it is gone.
    /// Returns: true when all were visited.
    template <class Visit, class Leave>
    bool advance(Visit&& visit, Leave&& leave) {
        for (;;) {
            if (!walk_) {
                if (next_ == vhosts_.size()) return true;
                vhost_ = broker_.find_vhost(vhosts_[next_++]);
                if (vhost_ == nullptr) continue;
                walk_.emplace((vhost_->*list_of_)());
            }
            bool stopped = false;
            const bool done = walk_->advance([&](Element& element) {
                stopped = !visit(*vhost_, element);
                return stopped ? routing::Visited::stop : routing::Visited::go_on;
            });
            if (!done) return false;
            walk_.reset();
            leave(broker_.find_vhost(vhosts_[next_ - 1]) == vhost_ ? vhost_ : nullptr);
            if (stopped) return next_ == vhosts_.size();
        }
    }
    template <class Visit>
    bool advance(Visit&& visit) {
        return advance(std::forward<Visit>(visit), [](Vhost*) {});
    }

private:
    Broker& broker_;
    std::vector<std::string> vhosts_;
    ListOf list_of_;
    std::size_t next_ = 0;
    Vhost* vhost_ = nullptr;
    std::optional<typename routing::WalkList<Element>::Walk> walk_;
};

}  // namespace leveret::broker::insight
