// What most files of the broker include, compiled once per library: the standard library's and
// fmt's larger headers. A file still includes what it uses; every header must compile alone.
#include <fmt/format.h>

#include <algorithm>
#include <boost/smart_ptr/intrusive_ptr.hpp>
#include <boost/smart_ptr/intrusive_ref_counter.hpp>
#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <variant>
#include <vector>

#include "protocol/amqp/field_table.hpp"
#include "protocol/amqp/message.hpp"
#include "routing/router.hpp"
#include "storage/store.hpp"
