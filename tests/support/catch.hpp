// The one place that knows which Catch2 is used: Debian 12 has version 2, whose header is this one.
#pragma once

#include <catch2/catch.hpp>
