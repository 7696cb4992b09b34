#include <quant/format.h>
#include <quant/ggml.h>

#include <dlfcn.h>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <ctime>
#include <functional>
#include <memory>
#include <random>
#include <string_view>
#include <vector>

// Encoders of ggml's blocks against those of ggml's own library: noisefloor_ggmlbench libggml-base.so [ROUNDS].
// Both run in turns on one thread, and processor time is what counts, so that other programs disturb little. Exit code
// 1 where ours take longer for a type.

namespace {

constexpr std::int64_t kRow = 2560;
constexpr std::int64_t kRows = 256;

/// What ggml_quantize_chunk is: type, values, blocks, first value, rows, values of a row, importance.
using Quantize = std::size_t(int, const float*, void*, std::int64_t, std::int64_t, std::int64_t, const float*);

double processorSeconds() {
    timespec now{};
    ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

/// So long one call takes, at least 20 ms being measured.
double secondsOf(const std::function<void()>& work) {
    int calls = 0;
    const double start = processorSeconds();
    double taken = 0;
    do {
        work();
        ++calls;
        taken = processorSeconds() - start;
    } while (taken < 0.02);
    return taken / calls;
}

double median(std::vector<double> values) {
    std::sort(values.begin(), values.end());
    return values[values.size() / 2];
}

/// Values as weights have them.
std::vector<float> weights() {
    std::mt19937 generator(1);
    std::normal_distribution<float> normal(0, 0.03F);
    std::vector<float> values(kRow * kRows);
    for (float& value : values) value = normal(generator);
    return values;
}

/// True if ours is at least as fast.
bool compare(quant::WeightFormat format, Quantize* theirs, const std::vector<float>& values, int rounds) {
    const ldm::GgmlType& type = quant::ggmlType(format);
    std::vector<std::byte> blocks(values.size() / type.elements * type.bytes);
    std::vector<double> ours;
    std::vector<double> reference;
    for (int round = 0; round < rounds; ++round) {
        ours.push_back(secondsOf([&] { quant::encodeBlocks(format, values, blocks.data()); }));
        reference.push_back(secondsOf(
            [&] { theirs(static_cast<int>(type.id), values.data(), blocks.data(), 0, kRows, kRow, nullptr); }));
    }
    const double megabytes = static_cast<double>(values.size() * sizeof(float)) * 1e-6;
    const double ratio = median(reference) / median(ours);
    std::printf("| %s | %.0f | %.0f | %.2f |\n", type.name.data(), megabytes / median(ours),
                megabytes / median(reference), ratio);
    return ratio >= 1;
}

} // namespace

int main(int count, char** arguments) {
    if (count < 2) {
        std::fprintf(stderr, "usage: noisefloor_ggmlbench libggml-base.so [ROUNDS]\n");
        return 2;
    }
    const std::unique_ptr<void, int (*)(void*)> library(::dlopen(arguments[1], RTLD_NOW), ::dlclose);
    auto* theirs = library ? reinterpret_cast<Quantize*>(::dlsym(library.get(), "ggml_quantize_chunk")) : nullptr;
    if (!theirs) {
        std::fprintf(stderr, "%s\n", ::dlerror());
        return 2;
    }
    const int rounds = count > 2 ? std::max(1, std::atoi(arguments[2])) : 9;
    const std::vector<float> values = weights();
    bool kept = true;
    std::printf("| type | ours MB/s | ggml MB/s | ratio |\n| --- | ---: | ---: | ---: |\n");
    for (const quant::WeightFormat format : quant::allWeightFormats())
        if (quant::isGguf(format)) kept &= compare(format, theirs, values, rounds);
    return kept ? 0 : 1;
}
