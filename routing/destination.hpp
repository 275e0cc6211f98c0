// What a binding can lead to: a queue (the broker's, which derives from this) or another exchange.

#pragma once

#include <string>
#include <vector>

#include "routing/binding.hpp"
#include "routing/visit_mark.hpp"
#include "routing/walk_list.hpp"

namespace leveret::routing {

/// Lifetime: bindings to it end with it, at the latest; delete it by way of unbind_incoming(), to
///           learn which exchanges that leaves without bindings.
class Destination : public VisitMark, public Walkable {
public:
    enum class Kind { queue, exchange };

    Destination(Kind kind, std::string name);
    virtual ~Destination();
    Destination(const Destination&) = delete;
    Destination& operator=(const Destination&) = delete;

    [[nodiscard]] Kind kind() const { return kind_; }
    [[nodiscard]] const std::string& name() const { return name_; }
    [[nodiscard]] const IncomingBindings& incoming() const { return incoming_; }

    /// Ends every binding to this destination; the cost is in proportion to their number.
    /// Returns: the sources that lost their last binding by it, each once, never this one itself.
    ///          What that means for an auto-delete exchange is the caller's to decide.
    std::vector<Exchange*> unbind_incoming();

private:
    friend class Exchange;  // links and unlinks the bindings, which it owns

    const Kind kind_;
    const std::string name_;
    IncomingBindings incoming_;
};

}  // namespace leveret::routing
