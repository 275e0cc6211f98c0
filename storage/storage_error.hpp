// What is thrown when the files of the store cannot be trusted or used.
#pragma once

#include <stdexcept>
#include <string>

namespace leveret::storage {

/// A failed disk, a damaged or foreign file, a directory in use. The text names file, place and
/// cause; it is for the log, never for a client. A full disk while running is no error but a state:
/// see Health.
class StorageError : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

}  // namespace leveret::storage
