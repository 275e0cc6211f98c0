// What a vhost is told to be, besides what is in it.
#pragma once

#include <string>
#include <vector>

namespace leveret::broker {

struct VhostMetadata {
    std::string description{};
    std::vector<std::string> tags{};
    /// The type of queues whose declaration names none, where they can be of it.
    std::string default_queue_type{"classic"};
    bool protected_from_deletion = false;

    bool operator==(const VhostMetadata&) const = default;
};

/// Throws: ValidationFailed when the type of queue is unknown.
void validate(const VhostMetadata& metadata);

}  // namespace leveret::broker
