#include <ldm/devices.h>

#include <ldm/error.h>

#include <ATen/Context.h>

#include <fstream>
#include <iterator>
#include <sstream>
#include <string>

namespace ldm {

namespace {

void requireCuda(int index) {
    if (!at::Context::hasCUDART())
        throw badInput("This program was built with a LibTorch without CUDA, so it cannot compute on a GPU; use the "
                       "device cpu, or build it with a LibTorch for CUDA.");
    const auto count = static_cast<int>(at::getNumGPUs());
    if (count == 0)
        throw badInput("There is no GPU that CUDA can use; check the driver with nvidia-smi, or use the device cpu.");
    if (index < 0 || index >= count)
        throw badInput("There is no GPU number " + std::to_string(index) + "; this machine has " +
                       std::to_string(count) + ", counted from 0.");
}

void requireBf16() {
    if (!hasBf16Products())
        throw badInput("This processor has no instructions for bf16 (AVX512_BF16 or AMX), so that precision would only "
                       "be slower; use fp32.");
}

} // namespace

bool hasBf16Products(std::string_view cpuinfo) {
    std::istringstream lines{std::string(cpuinfo)};
    for (std::string line; std::getline(lines, line);) {
        std::istringstream words(line);
        std::string word;
        if (!(words >> word) || word != "flags") continue;
        while (words >> word)
            if (word == "avx512_bf16" || word == "amx_bf16") return true;
    }
    return false;
}

bool hasBf16Products() {
    std::ifstream file("/proc/cpuinfo");
    const std::string text{std::istreambuf_iterator<char>(file), {}};
    return hasBf16Products(text);
}

void requireAvailable(const Compute& compute) {
    if (compute.device == DeviceKind::Cuda)
        requireCuda(compute.deviceIndex);
    else if (compute.precision == Precision::Bf16)
        requireBf16();
}

} // namespace ldm
