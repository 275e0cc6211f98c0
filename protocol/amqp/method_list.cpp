// Names of methods by number.
#include "protocol/amqp/method_list.hpp"

namespace leveret::protocol::amqp {

std::string_view name_of(MethodId id) {
    std::string_view name;
    for_each_method(AllMethods{}, [&]<class Method>() {
        if (Method::id == id) name = Method::name;
    });
    return name;
}

}  // namespace leveret::protocol::amqp
