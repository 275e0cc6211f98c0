#include "routing/destination.hpp"

#include <utility>

#include "routing/exchange.hpp"

namespace leveret::routing {

Destination::Destination(Kind kind, std::string name) : kind_(kind), name_(std::move(name)) {}

Destination::~Destination() {
    while (!incoming_.empty()) incoming_.front().source.unbind(incoming_.front());
}

std::vector<Exchange*> Destination::unbind_incoming() {
    std::vector<Exchange*> emptied;
    while (!incoming_.empty()) {
        Exchange& source = incoming_.front().source;
        source.unbind(incoming_.front());
        if (source.binding_count() == 0 && &source != this) emptied.push_back(&source);
    }
    return emptied;
}

}  // namespace leveret::routing
