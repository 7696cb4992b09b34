#pragma once

#include <ldm/checkpoint.h>

namespace quant {

/// The checkpoint of a file that is to hold the UNet only: it opens again, with a model beside it that lends the rest.
ldm::Checkpoint unetAlone(const ldm::Checkpoint& whole);

} // namespace quant
