// Remembers in which route a thing was last seen, so that a route takes it once without a set.

#pragma once

#include <cstdint>
#include <utility>

namespace leveret::routing {

/// A base of what a route passes: destinations and bindings.
class VisitMark {
public:
    /// Returns: true for the first call with this epoch. Epochs start at 1 and never come again.
    bool first_visit(std::uint64_t epoch) { return std::exchange(last_, epoch) != epoch; }

private:
    std::uint64_t last_ = 0;
};

}  // namespace leveret::routing
