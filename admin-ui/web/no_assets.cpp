// Stands in for the console's files in a build without Node.
#include "admin-ui/api/assets.hpp"

namespace leveret::admin {

std::span<const Asset> assets() { return {}; }

}  // namespace leveret::admin
