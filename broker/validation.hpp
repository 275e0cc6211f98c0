// What is wrong with a policy or parameter, told in RabbitMQ's words.
#pragma once

#include <stdexcept>
#include <string>

namespace leveret::broker {

/// A policy or parameter that cannot be taken; nothing was changed.
class ValidationFailed : public std::runtime_error {
public:
    /// Rule: RabbitMQ: this heading, a blank line, one line for the fault.
    explicit ValidationFailed(const std::string& fault)
        : std::runtime_error("Validation failed\n\n" + fault + "\n") {}
};

}  // namespace leveret::broker
