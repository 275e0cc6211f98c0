// TEMPORARY, until the broker's own serve.cpp replaces this file: nothing listens yet.
#include "cli/serve.hpp"

#include "broker/log.hpp"

namespace leveret::cli {

int serve(const broker::Config&) {
    broker::log::error("this build has no broker yet: nothing listens");
    return 1;
}

}  // namespace leveret::cli
