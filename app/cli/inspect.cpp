#include <app/cli/inspectlayer.h>
#include <app/cli/options.h>
#include <app/cli/texttable.h>

#include <ldm/memory.h>
#include <quant/cost.h>

namespace app::cli {

namespace {

using quant::ActivationFormat;
using quant::WeightFormat;

/// The formats whose size is shown, from most to fewest bits.
constexpr quant::Format kShownFormats[] = {{WeightFormat::Fp32, ActivationFormat::Fp32},
                                           {WeightFormat::Fp16, ActivationFormat::Fp16},
                                           {WeightFormat::Int8, ActivationFormat::Int8},
                                           {WeightFormat::Int4, ActivationFormat::Int8}};

struct UnetSize {
    quant::Format format;
    quant::Cost cost;
};

/// What a task takes at the model's default size.
struct Need {
    const char* task;
    ldm::MemoryNeed need;
    bool fits = true;
};

struct Memory {
    std::uint64_t available = ldm::availableMemory(); ///< bytes; 0 where the system does not tell
    std::vector<Need> needs;
};

std::vector<UnetSize> unetSizes(const ldm::ModelInfo& model) {
    std::vector<UnetSize> sizes;
    for (const quant::Format format : kShownFormats) {
        quant::Recipe recipe;
        recipe.base = format;
        sizes.push_back({format, quant::cost(quant::resolve(recipe, model), model)});
    }
    return sizes;
}

Memory memoryFor(const ldm::ModelInfo& model) {
    Memory memory;
    const auto add = [&](const char* name, ldm::Task task) {
        const ldm::MemoryNeed need = ldm::memoryNeed(model, task);
        memory.needs.push_back({name, need, memory.available == 0 || need.total() <= memory.available});
    };
    if (model.generates) add("picture", ldm::Task::Generate);
    if (model.analyzes) add("analysis", ldm::Task::Analyze);
    return memory;
}

Json memoryJson(const Memory& memory, const ldm::ModelInfo& model) {
    std::uint64_t asFloats = 0;
    for (const ldm::PartInfo& part : model.parts)
        asFloats += static_cast<std::uint64_t>(part.parameters) * sizeof(float);
    Json json{{"fp32WeightBytes", asFloats},
              {"availableBytes", memory.available > 0 ? Json(memory.available) : Json()}};
    for (const Need& need : memory.needs)
        json[need.task] = {{"bytes", need.need.total()}, {"fileBytes", need.need.files}, {"fits", need.fits}};
    return json;
}

Json jsonOf(const ldm::ModelInfo& model) {
    Json json{{"name", model.name},
              {"path", model.path.string()},
              {"container", model.container},
              {"family", model.family},
              {"loras", Json::array()},
              {"fingerprint", model.fingerprint},
              {"scheduler", model.scheduler},
              {"sampler", model.sampler.empty() ? Json() : Json(model.sampler)},
              {"missing", model.missing},
              {"generates", model.generates},
              {"analyzes", model.analyzes},
              {"width", model.defaultWidth},
              {"height", model.defaultHeight},
              {"latentChannels", model.latentChannels},
              {"vaeScale", model.vaeScale},
              {"contextTokens", model.contextTokens}};
    for (const ldm::LoraInfo& lora : model.loras)
        json["loras"].push_back(
            {{"name", lora.name}, {"fingerprint", lora.fingerprint}, {"weight", lora.weight}, {"layers", lora.layers}});
    for (const ldm::PartInfo& part : model.parts)
        json["parts"].push_back({{"name", part.name},
                                 {"class", part.className},
                                 {"parameters", part.parameters},
                                 {"tensors", part.tensors},
                                 {"bytes", part.bytes},
                                 {"storedAs", part.storedAs}});
    for (const ldm::BlockInfo& block : model.blocks) {
        Json layers = Json::array();
        for (const int layer : block.layers) layers.push_back(model.layers[static_cast<std::size_t>(layer)].name);
        json["blocks"].push_back({{"id", block.id}, {"parameters", block.parameters}, {"layers", layers}});
    }
    return json;
}

std::string samplerLine(const ldm::ModelInfo& model) {
    if (model.sampler.empty())
        return "its scheduler, " + model.scheduler +
               ", is none of this program's samplers: choose one with --scheduler\n";
    return "sampler " + model.sampler + " (" + model.scheduler + ")\n";
}

std::string missingLine(const ldm::ModelInfo& model) {
    if (model.missing.empty()) return {};
    std::string parts;
    for (const std::string& part : model.missing) parts.append(parts.empty() ? "no " : ", no ").append(part);
    return parts + (model.analyzes ? ": analyses, but no pictures" : ": neither analyses nor pictures") +
           "; --base names a model that lends what is missing\n";
}

std::string describe(const ldm::ModelInfo& model) {
    const std::string width = std::to_string(model.defaultWidth);
    const std::string height = std::to_string(model.defaultHeight);
    std::string text = model.name + ", " + model.family + ", " + model.container + " " + model.path.string() + "\n" +
                       model.fingerprint + "\npictures of " + width + "x" + height + ", latent of " +
                       std::to_string(model.latentChannels) + " channels at 1/" + std::to_string(model.vaeScale) +
                       " of the size, " + std::to_string(model.contextTokens) + " text tokens\n" + samplerLine(model);
    for (const ldm::LoraInfo& lora : model.loras)
        text += "LoRA " + lora.name + " with weight " + fixed(lora.weight, 3) + " in " + std::to_string(lora.layers) +
                " layers\n";
    return text + missingLine(model) + '\n';
}

std::string partsTable(const ldm::ModelInfo& model) {
    TextTable table({"part", "parameters", "tensors", "size", "stored as"});
    for (const ldm::PartInfo& part : model.parts)
        table.add({part.name, grouped(part.parameters), grouped(part.tensors), sizeText(part.bytes), part.storedAs});
    return table.text() + '\n';
}

std::string blocksTable(const ldm::ModelInfo& model) {
    TextTable table({"block", "parameters", "layers"});
    for (const ldm::BlockInfo& block : model.blocks)
        table.add({block.id, grouped(block.parameters), std::to_string(block.layers.size())});
    return table.text() + '\n';
}

std::string sizesTable(const std::vector<UnetSize>& sizes) {
    TextTable table({"UNet as", "size", "GBOPs a run"});
    for (const UnetSize& size : sizes)
        table.add({quant::toString(size.format), sizeText(size.cost.bytes), fixed(size.cost.bops / 1e9, 1)});
    return table.text() + '\n';
}

std::string memoryLines(const Memory& memory) {
    std::string lines;
    for (const Need& need : memory.needs)
        lines += std::string(need.task) + " at that size: about " + ldm::bytesText(need.need.total()) +
                 " of memory beside " + ldm::bytesText(need.need.files) + " of files" +
                 (need.fits ? "\n" : ", which is more than there is\n");
    if (memory.available > 0) lines += "there are " + ldm::bytesText(memory.available) + '\n';
    return lines;
}

Outcome inspect(const ldm::OpenRequest& request) {
    const ldm::Model opened = ldm::Model::open(request);
    const ldm::ModelInfo& model = opened.info();
    const std::vector<UnetSize> sizes = unetSizes(model);
    const Memory memory = memoryFor(model);

    Outcome outcome;
    outcome.json = jsonOf(model);
    for (const UnetSize& size : sizes)
        outcome.json["unetSizes"].push_back(
            {{"format", quant::toString(size.format)}, {"bytes", size.cost.bytes}, {"bops", size.cost.bops}});
    outcome.json["memory"] = memoryJson(memory, model);
    outcome.text = describe(model) + partsTable(model) + blocksTable(model) + sizesTable(sizes) + memoryLines(memory);
    return outcome;
}

} // namespace

void addInspect(CLI::App& program, Command& command) {
    auto options = std::make_shared<LayerOptions>();
    CLI::App& verb = addVerb(program, command,
                             {"inspect", "what a model is made of, and what it takes in memory and bits",
                              "noisefloor inspect emoji-ldm --json"},
                             options->model);
    addLayerOptions(verb, *options);
    verb.callback([&command, options] {
        command.work = [options](const Running& running) {
            return options->layer.empty() ? inspect(options->model) : inspectLayer(*options, running);
        };
    });
}

} // namespace app::cli
