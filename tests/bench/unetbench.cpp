// One run of a UNet, again and again, on inputs that other programs get, too; what suite.py compares with them. Prints
// seconds of every run, what it computed and the memory it took as JSON, and writes the predicted noise.
#include <ldm/error.h>
#include <ldm/files.h>
#include <ldm/jsonreading.h>
#include <ldm/networks.h>
#include <ldm/threads.h>
#include <quant/preparation.h>
#include <quant/products.h>
#include <quant/simulated.h>

#include <ATen/ATen.h>
#include <ATen/Version.h>
#include <ATen/core/grad_mode.h>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include <chrono>
#include <cstdio>
#include <fstream>

#include <sys/resource.h>

namespace {

namespace fs = std::filesystem;
using nlohmann::json;

struct Request {
    std::string model;
    fs::path inputs; ///< holds inputs.json and <name>.raw
    fs::path recipe; ///< full precision without one
    fs::path out;    ///< predicted noise, float32
    int threads = 0;
    int runs = 2;
};

constexpr std::int64_t kAllWeights = std::int64_t{16} << 30; ///< bytes; prepared once, whatever the model's size

/// Counts multiplications of layers and of attention.
class CountingArithmetic final : public ldm::ForwardingArithmetic {
public:
    using ForwardingArithmetic::ForwardingArithmetic;

    at::Tensor linear(const ldm::Layer& layer, const at::Tensor& x) override {
        return counted(layer, inner().linear(layer, x));
    }
    at::Tensor conv2d(const ldm::Layer& layer, const at::Tensor& x) override {
        return counted(layer, inner().conv2d(layer, x));
    }
    at::Tensor attention(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v, double scale,
                         const at::Tensor& mask) override {
        m_macs += double(q.numel() / q.size(-1)) * double(k.size(2)) * double(q.size(-1) + v.size(-1));
        return inner().attention(q, k, v, scale, mask);
    }
    /// Multiply-adds since the last call.
    double taken() { return std::exchange(m_macs, 0); }

private:
    at::Tensor counted(const ldm::Layer& layer, at::Tensor y) {
        const auto& shape = layer.weight.shape;
        m_macs += double(y.numel()) / double(shape.front()) * double(layer.weight.elements());
        return y;
    }

    double m_macs = 0;
};

at::Tensor readValues(const Request& request, const json& shapes, const std::string& name) {
    const auto shape = shapes.at(name).get<std::vector<std::int64_t>>();
    at::Tensor values = at::empty(shape, at::kFloat);
    const fs::path path = request.inputs / (name + ".raw");
    std::ifstream file(path, std::ios::binary);
    if (!file.read(static_cast<char*>(values.data_ptr()), static_cast<std::streamsize>(values.nbytes())))
        throw ldm::badInput(path.string() + " does not hold the values of its shape; make the inputs again.");
    return values;
}

void writeValues(const at::Tensor& values, const fs::path& path) {
    const at::Tensor plain = values.contiguous();
    std::ofstream file(path, std::ios::binary);
    file.write(static_cast<const char*>(plain.data_ptr()), static_cast<std::streamsize>(plain.nbytes()));
    if (!file.flush()) throw ldm::badInput(path.string() + " cannot be written.");
}

double peakMiB() {
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    return double(usage.ru_maxrss) / 1024;
}

/// The recipe's arithmetic, calibrated in the size of the latents, or full precision without one.
std::unique_ptr<ldm::Arithmetic> arithmeticOf(const Request& request, const ldm::Model& model,
                                              const at::Tensor& sample) {
    ldm::Networks& networks = model.networks();
    if (request.recipe.empty()) return std::make_unique<ldm::ForwardingArithmetic>(networks.unetArithmetic);
    ldm::GenerateSettings sampling;
    sampling.width = int(sample.size(3)) * model.info().vaeScale;
    sampling.height = int(sample.size(2)) * model.info().vaeScale;
    auto ready = quant::Preparer(model).prepare(quant::loadRecipe(request.recipe, model.info()), sampling);
    return std::make_unique<quant::SimulatedArithmetic>(networks.unetArithmetic, std::move(ready->plan),
                                                        std::move(ready->calibration), std::move(ready->treatment),
                                                        std::make_shared<quant::KeptWeights>(kAllWeights));
}

/// As in a picture: keys and values of the prompt are those of the first run.
json measure(const Request& request) {
    const int threads = ldm::configureRuntime(request.threads);
    const at::NoGradGuard noGrad;
    const auto model = ldm::Model::open(request.model);
    const ldm::UNet& unet = model.networks().unet;
    const json shapes = ldm::readJsonObject(request.inputs / "inputs.json");
    const at::Tensor sample = readValues(request, shapes, "sample");
    ldm::UNetState state = unet.start(sample, readValues(request, shapes, "timestep"),
                                      {readValues(request, shapes, "encoder_hidden_states"), {}, {}, {}});
    state.keyValues = std::make_shared<ldm::KeyValueCache>();
    const auto chosen = arithmeticOf(request, model, sample);
    CountingArithmetic arithmetic(*chosen);
    std::vector<double> seconds;
    double macs = 0;
    at::Tensor noise;
    for (int run = 0; run < request.runs; ++run) {
        const auto start = std::chrono::steady_clock::now();
        noise = unet.finish(arithmetic, state);
        seconds.push_back(std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
        macs = arithmetic.taken();
    }
    if (!request.out.empty()) writeValues(noise, request.out);
    return {{"seconds", seconds},
            {"threads", threads},
            {"gflop", macs * 2e-9},
            {"blocks", model.info().blocks.size()},
            {"peakMiB", peakMiB()},
            {"largestExactCode", quant::largestExactCode()},
            {"libraries", at::show_config()}};
}

} // namespace

int main(int argc, char** argv) {
    Request request;
    CLI::App program("measures runs of a UNet");
    program.add_option("MODEL", request.model, "folder, file or embedded model")->required();
    program.add_option("INPUTS", request.inputs, "folder with inputs.json and the values it names")->required();
    program.add_option("--threads", request.threads, "as noisefloor's");
    program.add_option("--runs", request.runs, "one after the other")->check(CLI::PositiveNumber);
    program.add_option("--recipe", request.recipe, "what to round, instead of full precision");
    program.add_option("--out", request.out, "file for the noise that is predicted");
    CLI11_PARSE(program, argc, argv);
    try {
        std::puts(measure(request).dump().c_str());
        return 0;
    } catch (const std::exception& failure) {
        std::fprintf(stderr, "noisefloor_unetbench: %s\n", failure.what());
        return 1;
    }
}
