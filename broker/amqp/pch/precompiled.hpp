// As broker/pch/precompiled.hpp, with the methods of the protocol.
#include "broker/broker.hpp"
#include "broker/pch/precompiled.hpp"
#include "protocol/amqp/method_codec.hpp"
#include "protocol/amqp/protocol_error.hpp"
