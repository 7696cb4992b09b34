#include "formats.h"

#include <ldm/error.h>

#include <algorithm>

namespace quant {

namespace {

struct Row {
    ExportFormatInfo info;
    std::unique_ptr<Exporter> (*make)();
};

const std::vector<Row>& rows() {
    static const std::vector<Row> rows{
        {{ExportFormat::Diffusers,
          "diffusers",
          "diffusers folder with the quantized values baked into float weights",
          "",
          true,
          {ExportOption::Floats, ExportOption::Variant},
          "diffusers, stable-diffusion.cpp, and most others"},
         diffusersExporter},
        {{ExportFormat::Checkpoint,
          "checkpoint",
          "single .safetensors checkpoint in the original layout, quantized values baked in",
          ".safetensors",
          true,
          {ExportOption::Floats},
          "ComfyUI, AUTOMATIC1111, stable-diffusion.cpp, diffusers"},
         checkpointExporter},
        {{ExportFormat::Gguf,
          "gguf",
          "GGUF file of ggml's block types, mixed by the recipe, in the original layout",
          ".gguf",
          true,
          {ExportOption::Floats, ExportOption::UnetOnly, ExportOption::Prefixed},
          "stable-diffusion.cpp, ComfyUI-GGUF, diffusers"},
         ggufExporter},
        {{ExportFormat::Onnx,
          "onnx",
          "folder of ONNX graphs whose tensors are quantized and dequantized as the recipe says",
          "",
          true,
          {ExportOption::FloatGraph, ExportOption::Size},
          "ONNX Runtime, OpenVINO, TensorRT"},
         onnxExporter},
        {{ExportFormat::ComfyUi,
          "comfyui",
          "single .safetensors checkpoint whose linear layers are int8_tensorwise, in the original layout",
          ".safetensors",
          true,
          {ExportOption::Floats, ExportOption::UnetOnly, ExportOption::Prefixed},
          "ComfyUI, stable-diffusion.cpp",
          false},
         comfyUiExporter},
        {{ExportFormat::Sdnq,
          "sdnq",
          "diffusers folder with SDNQ integers of 8 or 4 bits",
          "",
          true,
          {ExportOption::Floats},
          "diffusers with SDNQ",
          false},
         sdnqExporter},
        {{ExportFormat::Bitsandbytes,
          "bitsandbytes",
          "diffusers folder with 8-bit linear layers of bitsandbytes",
          "",
          true,
          {ExportOption::Floats},
          "diffusers with bitsandbytes",
          false},
         bitsandbytesExporter},
        {{ExportFormat::Quanto,
          "quanto",
          "diffusers folder with optimum-quanto's map of 8- and 4-bit modules",
          "",
          true,
          {ExportOption::Floats},
          "optimum-quanto",
          false},
         quantoExporter},
        {{ExportFormat::Aimet,
          "aimet",
          "AIMET encodings for the float ONNX graph of the UNet: scales of weights and inputs",
          ".encodings",
          false,
          {ExportOption::Schema},
          "AIMET, QNN",
          false},
         aimetExporter},
        {{ExportFormat::Apple,
          "apple",
          "mixed-bit recipe of Apple's ml-stable-diffusion: bits by layer",
          ".json",
          false,
          {ExportOption::LayerDb},
          "ml-stable-diffusion",
          false},
         appleExporter},
        {{ExportFormat::ModelExplorer,
          "model-explorer",
          "SQNR by layer to show over the float ONNX graph of the UNet",
          ".json",
          false,
          {ExportOption::LayerDb},
          "Model Explorer",
          false},
         modelExplorerExporter},
        {{ExportFormat::MixDq,
          "mixdq",
          "MixDQ's YAML files of bits by layer, weights and inputs apart",
          "",
          false,
          {},
          "MixDQ",
          false},
         mixDqExporter},
        {{ExportFormat::Recipe, "recipe", "the recipe alone", ".recipe.json", false, {}, "Noisefloor"}, recipeExporter},
    };
    return rows;
}

} // namespace

std::string_view nameOf(ExportOption option) {
    switch (option) {
    case ExportOption::Floats:
        return "floats";
    case ExportOption::UnetOnly:
        return "unet-only";
    case ExportOption::Prefixed:
        return "prefixed";
    case ExportOption::Variant:
        return "variant";
    case ExportOption::FloatGraph:
        return "float-graph";
    case ExportOption::Size:
        return "size";
    case ExportOption::Schema:
        return "schema";
    case ExportOption::LayerDb:
        break;
    }
    return "analysis";
}

std::string_view nameOf(FloatFormat floats) {
    switch (floats) {
    case FloatFormat::Fp32:
        return "fp32";
    case FloatFormat::Fp16:
        return "fp16";
    case FloatFormat::Bf16:
        break;
    }
    return "bf16";
}

bool ExportFormatInfo::uses(ExportOption option) const {
    return std::ranges::find(options, option) != options.end();
}

const std::vector<ExportFormatInfo>& exportFormats() {
    static const std::vector<ExportFormatInfo> formats = [] {
        std::vector<ExportFormatInfo> infos;
        for (const Row& row : rows()) infos.push_back(row.info);
        return infos;
    }();
    return formats;
}

const ExportFormatInfo& infoOf(ExportFormat format) {
    const auto found = std::ranges::find(exportFormats(), format, &ExportFormatInfo::format);
    if (found == exportFormats().end())
        throw ldm::Error(ldm::ErrorKind::Failed, "this export format is not part of this build; choose another one.");
    return *found;
}

std::unique_ptr<Exporter> exporterFor(ExportFormat format) {
    infoOf(format);
    return std::ranges::find(rows(), format, [](const Row& row) { return row.info.format; })->make();
}

} // namespace quant
