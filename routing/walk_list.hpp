// A list that can be walked in pieces, while elements come and go between the pieces: how somebody
// looks at a hundred thousand of something without holding up everybody else.

#pragma once

#include <boost/intrusive/list.hpp>
#include <cstdint>
#include <iterator>

namespace leveret::routing {

/// A base of what a WalkList lists. It leaves the list when it ends.
class Walkable : public boost::intrusive::list_base_hook<
                     boost::intrusive::tag<struct OfWalkList>,
                     boost::intrusive::link_mode<boost::intrusive::auto_unlink>> {
public:
    Walkable() = default;
    Walkable(const Walkable&) = delete;
    Walkable& operator=(const Walkable&) = delete;

    void leave_walk_list() { unlink(); }

protected:
    explicit Walkable(bool is_marker) : is_marker_(is_marker) {}
    ~Walkable() = default;

private:
    template <class Element>
    friend class WalkList;

    const bool is_marker_ = false;
};

/// What to do after a visit.
enum class Visited : std::uint8_t {
    go_on,
    stop,       ///< go on behind this one later
    come_back,  ///< come to this one again later
};

/// Elements in the order in which they were added.
/// Lifetime: owns nothing; elements and walks may end before it or after it.
template <class Element>
class WalkList {
    using List =
        boost::intrusive::list<Walkable,
                               boost::intrusive::base_hook<boost::intrusive::list_base_hook<
                                   boost::intrusive::tag<struct OfWalkList>,
                                   boost::intrusive::link_mode<boost::intrusive::auto_unlink>>>,
                               boost::intrusive::constant_time_size<false>>;

public:
    void add(Element& element) { list_.push_back(element); }

    /// One way through the list: what was in it at the start and still is, each once.
    class Walk {
    public:
        explicit Walk(WalkList& over) : list_(over.list_) {
            list_.push_front(at_);
            list_.push_back(end_);
        }

        /// Goes on until `visit(element)` says otherwise, or all were visited. `visit` must not
        /// end elements.
        /// Returns: true when all were visited.
        template <class Visit>
        bool advance(Visit&& visit) {
            if (!at_.is_linked()) return true;  // the list is gone
            auto next = std::next(List::s_iterator_to(at_));
            at_.leave_walk_list();
            Visited visited = Visited::go_on;
            while (visited == Visited::go_on && &*next != &end_) {
                Walkable& each = *next;
                if (!each.is_marker_) visited = visit(static_cast<Element&>(each));
                if (visited != Visited::come_back) ++next;
            }
            const bool done = &*next == &end_;
            if (!done) list_.insert(next, at_);
            return done;
        }

    private:
        struct Marker final : Walkable {
            Marker() : Walkable(true) {}
        };

        List& list_;
        Marker at_;
        Marker end_;
    };

private:
    List list_;
};

}  // namespace leveret::routing
