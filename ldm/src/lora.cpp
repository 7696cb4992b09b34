#include <ldm/lora.h>
