// The main function of the unit tests and specs; all else of Catch2 is compiled here once.
#define CATCH_CONFIG_MAIN
#include "tests/support/catch.hpp"
