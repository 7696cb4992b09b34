#include "compare.h"

#include "deployed.h"
#include "lowering.h"

#include <quant/simulated.h>

#include <ldm/denoise.h>
#include <ldm/error.h>
#include <ldm/networks.h>
#include <ldm/unet.h>

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include <nlohmann/json.hpp>

#include <algorithm>
#include <map>
#include <memory>
#include <utility>

namespace quant::onnx {

namespace {

constexpr const char* kSample = "sample";
constexpr const char* kWhole = "unet";

const Value& inputNamed(const Graph& graph, const std::string& name) {
    for (const Value& input : graph.inputs)
        if (input.name == name) return input;
    throw ldm::badInput("The graph has no input '" + name + "', so it is no UNet; name the UNet's graph.");
}

/// [batch, channels, height, width]
std::vector<std::int64_t> latentShape(const Graph& graph) {
    const std::vector<std::int64_t>& shape = inputNamed(graph, kSample).shape;
    constexpr std::int64_t kMostSide = 4096; // of latents; pictures are larger by the autoencoder's scale
    if (shape.size() != 4 || shape[0] < 1 || std::max(shape[2], shape[3]) > kMostSide)
        throw ldm::badInput("The graph's sample is no batch of latents, so it is no UNet; name the UNet's graph.");
    return shape;
}

at::Tensor as(const Value& declared, const at::Tensor& tensor) {
    const at::Tensor typed = declared.type == ElementType::Float ? tensor : at::round(tensor);
    return typed.to(scalarType(declared.type));
}

/// One for all rows where the graph takes but one.
at::Tensor timestepFor(const Value& declared, const at::Tensor& timestep) {
    const bool single = elements(declared.shape) == 1;
    return as(declared, single ? timestep.narrow(0, 0, 1).reshape(declared.shape) : timestep).contiguous();
}

at::Tensor rows(const at::Tensor& all, std::int64_t first, std::int64_t count) {
    return all.defined() ? all.narrow(0, first, count) : all;
}

/// Where the graph puts out each of these modules, as its metadata tells.
std::vector<std::string> valuesOf(const Interpreter& graph, const std::vector<std::string>& modules) {
    const auto found = graph.metadata().find(kModulesKey);
    const auto json = found == graph.metadata().end() ? nlohmann::json() //
                                                      : nlohmann::json::parse(found->second, nullptr, false);
    std::vector<std::string> values;
    for (const std::string& module : modules) {
        if (!json.is_object() || !json.contains(module) || !json[module].is_string())
            throw ldm::badInput("The graph does not tell what " + module +
                                " puts out; compare graphs that Noisefloor wrote with the model they were made from.");
        values.push_back(json[module].get<std::string>());
    }
    return values;
}

/// The model computed as the graph does, where that rounds anything.
std::unique_ptr<DeployedArithmetic> deployedOf(ldm::Networks& networks, const Graph& graph) {
    std::vector<LayerPrecision> layers = precisionsIn(graph, networks.unet.layers());
    const bool rounds = std::ranges::any_of(
        layers, [](const LayerPrecision& layer) { return layer.integerWeights || layer.input || layer.output; });
    if (!rounds) return nullptr;
    return std::make_unique<DeployedArithmetic>(networks.unetArithmetic, std::move(layers),
                                                [&graph](const ldm::Layer& layer) { return weightIn(graph, layer); });
}

std::unique_ptr<SimulatedArithmetic> simulatedOf(ldm::Networks& networks, const Preparation* recipe) {
    if (!recipe) return nullptr;
    return std::make_unique<SimulatedArithmetic>(networks.unetArithmetic, recipe->plan, recipe->calibration,
                                                 recipe->treatment);
}

/// One comparison: the graph, full precision and simulations on a trajectory of full precision.
class Comparison {
public:
    Comparison(const ldm::Model& model, const Interpreter& graph, const ComparedRuns& what, std::stop_token stop,
               const ldm::ProgressSink& progress)
        : m_networks(model.networks()), m_graph(graph), m_what(what), m_stop(std::move(stop)), m_progress(progress),
          m_batch(latentShape(graph.graph()).front()), m_recipe(simulatedOf(m_networks, what.recipe)),
          m_deployed(deployedOf(m_networks, graph.graph())) {
        std::vector<std::string> ids;
        for (const ldm::Stage& stage : m_networks.unet.stages()) ids.push_back(stage.id);
        m_values = valuesOf(graph, ids);
        ids.emplace_back(kWhole);
        for (const std::string& id : ids) m_blocks.push_back({id, {}, {}, {}, {}});
    }

    std::optional<std::vector<ComparedBlock>> run() {
        ldm::Trajectory trajectory(m_networks, ldm::prepare(m_networks, pictures()));
        while (!trajectory.done()) {
            ldm::report(m_progress, "comparing the ONNX graph", static_cast<std::int64_t>(trajectory.index()),
                        static_cast<std::int64_t>(trajectory.steps()));
            const ldm::UNetState state = trajectory.state();
            std::vector<at::Tensor> noise;
            for (std::int64_t row = 0; row < state.hidden.size(0); row += m_batch) {
                auto predicted = compare(chunk(state, row), trajectory.timestep());
                if (!predicted) return std::nullopt;
                noise.push_back(std::move(*predicted));
            }
            trajectory.advance(at::cat(noise));
        }
        return std::move(m_blocks);
    }

private:
    using Outputs = std::vector<at::Tensor>; ///< by block, then the predicted noise

    /// In the size that the graph is made for; few steps, so that their timesteps lie far apart.
    std::vector<ldm::GenerateSettings> pictures() const {
        const std::vector<std::int64_t> shape = latentShape(m_graph.graph());
        std::vector<ldm::GenerateSettings> result = m_what.pictures;
        for (ldm::GenerateSettings& settings : result) {
            settings.steps = m_what.runs;
            settings.height = static_cast<int>(shape[2]) * m_networks.info.vaeScale;
            settings.width = static_cast<int>(shape[3]) * m_networks.info.vaeScale;
        }
        return result;
    }

    ldm::UNetState chunk(const ldm::UNetState& state, std::int64_t first) const {
        if (state.hidden.size(0) % m_batch != 0)
            throw ldm::badInput("The graph is made for batches of " + std::to_string(m_batch) +
                                ", into which these pictures do not fit; compare with guidance, or with more prompts.");
        return rowsOf(state, first, m_batch);
    }

    std::optional<Outputs> modelOutputs(ldm::Arithmetic& arithmetic, ldm::UNetState state) const {
        return ldm::StoppableArithmetic::unlessStopped(arithmetic, m_stop, [&](ldm::Arithmetic& running) {
            Outputs outputs;
            for (const ldm::Stage& stage : m_networks.unet.stages()) {
                stage.run(running, state);
                outputs.push_back(ldm::UNet::output(stage, state));
            }
            outputs.push_back(state.hidden);
            return outputs;
        });
    }

    std::optional<Outputs> graphOutputs(const ldm::UNetState& state) const {
        const auto results = m_graph.run(graphInputs(m_graph.graph(), state), m_values, m_stop);
        if (!results) return std::nullopt;
        Outputs outputs;
        for (const std::string& name : m_values) outputs.push_back(results->at(name));
        outputs.push_back(results->at(m_graph.graph().outputs.front().name));
        return outputs;
    }

    /// Adds one run to the sums; returns the noise that full precision predicts.
    std::optional<at::Tensor> compare(const ldm::UNetState& state, int timestep) {
        const auto full = modelOutputs(m_networks.unetArithmetic, state);
        const auto graph = full ? graphOutputs(state) : std::nullopt;
        if (!graph) return std::nullopt;
        add(&ComparedBlock::full, *full, *graph);
        if (m_recipe) {
            m_recipe->setTimestep(timestep);
            const auto recipe = modelOutputs(*m_recipe, state);
            if (!recipe) return std::nullopt;
            add(&ComparedBlock::simulated, *full, *recipe);
            add(&ComparedBlock::recipe, *recipe, *graph);
        }
        if (m_deployed) {
            const auto deployed = modelOutputs(*m_deployed, state);
            if (!deployed) return std::nullopt;
            add(&ComparedBlock::deployed, *deployed, *graph);
        }
        return full->back();
    }

    ErrorSums sums(std::size_t block, const Outputs& expected, const Outputs& got) const {
        if (expected[block].sizes() != got[block].sizes())
            throw ldm::badInput("The graph's block " + m_blocks[block].id +
                                " is not shaped like the model's; name the model that it was exported from.");
        return errorSums(expected[block].cpu(), got[block]);
    }

    void add(ErrorSums ComparedBlock::*member, const Outputs& expected, const Outputs& got) {
        for (std::size_t i = 0; i < m_blocks.size(); ++i) m_blocks[i].*member += sums(i, expected, got);
    }

    void add(std::optional<ErrorSums> ComparedBlock::*member, const Outputs& expected, const Outputs& got) {
        for (std::size_t i = 0; i < m_blocks.size(); ++i) {
            std::optional<ErrorSums>& total = m_blocks[i].*member;
            if (!total) total.emplace();
            *total += sums(i, expected, got);
        }
    }

    ldm::Networks& m_networks;
    const Interpreter& m_graph;
    const ComparedRuns& m_what;
    std::stop_token m_stop;
    const ldm::ProgressSink& m_progress;
    std::int64_t m_batch;
    std::unique_ptr<SimulatedArithmetic> m_recipe; ///< may be null, as may be the next
    std::unique_ptr<DeployedArithmetic> m_deployed;
    std::vector<ComparedBlock> m_blocks;
    std::vector<std::string> m_values; ///< of the graph, by block
};

} // namespace

std::filesystem::path unetGraph(const std::filesystem::path& path) {
    if (!std::filesystem::is_directory(path)) return path;
    const std::filesystem::path graph = path / "unet" / "model.onnx";
    if (!std::filesystem::exists(graph))
        throw ldm::badInput(path.string() + " holds no unet/model.onnx; name a folder of ONNX graphs.");
    return graph;
}

Interpreter openGraph(const std::filesystem::path& file) {
    return Interpreter(readModel(file), file.string());
}

ldm::UNetState rowsOf(const ldm::UNetState& state, std::int64_t first, std::int64_t count) {
    ldm::UNetState result = state;
    result.hidden = rows(state.hidden, first, count);
    result.timestep = rows(state.timestep, first, count);
    const ldm::Condition& all = state.condition;
    result.condition = {rows(all.context, first, count), rows(all.pooled, first, count),
                        rows(all.timeIds, first, count), rows(all.guidance, first, count)};
    result.keyValues = nullptr; // of all rows
    return result;
}

NamedTensors graphInputs(const Graph& graph, const ldm::UNetState& state) {
    NamedTensors inputs;
    for (const Value& declared : graph.inputs) {
        const std::map<std::string, at::Tensor> known{{kSample, state.hidden},
                                                      {"encoder_hidden_states", state.condition.context},
                                                      {"text_embeds", state.condition.pooled},
                                                      {"time_ids", state.condition.timeIds},
                                                      {"timestep_cond", state.condition.guidance}};
        if (declared.name == "timestep") {
            inputs[declared.name] = timestepFor(declared, state.timestep.cpu());
            continue;
        }
        const auto found = known.find(declared.name);
        if (found == known.end() || !found->second.defined())
            throw ldm::badInput("The graph asks for an input " + ldm::inQuotes(declared.name) +
                                ", which this model's UNet does not take; name the model that it was exported from.");
        inputs[declared.name] = as(declared, found->second.cpu()).contiguous();
    }
    return inputs;
}

std::optional<std::vector<ComparedBlock>> compareBlocks(const ldm::Model& model, const Interpreter& graph,
                                                        const ComparedRuns& what, std::stop_token stop,
                                                        const ldm::ProgressSink& progress) {
    const at::NoGradGuard noGrad;
    return Comparison(model, graph, what, std::move(stop), progress).run();
}

} // namespace quant::onnx
