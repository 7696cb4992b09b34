#pragma once

#include "ldm/failures.h"

#include <quant/export.h>

#include <ldm/gguf.h>
#include <ldm/networks.h>
#include <ldm/weights.h>

#include <ATen/ATen.h>

#include <QTemporaryDir>

#include <filesystem>
#include <string>

namespace support {

/// emoji-ldm, versions of it with other weights, and what is exported from them, in a folder that goes with this.
class GgufExports {
public:
    /// Names of layers: rows of 256 and 192 values, and a convolution.
    static constexpr const char* kRows256 = "unet.down_blocks.0.resnets.0.time_emb_proj";
    static constexpr const char* kRows192 = "unet.mid_block.attentions.0.transformer_blocks.0.attn1.to_q";
    static constexpr const char* kConvolution = "unet.conv_in";

    GgufExports() : m_model(ldm::Model::open("emoji-ldm")) {}

    /// Every block type, integers and floats, each somewhere.
    static quant::Recipe mixed() {
        using quant::WeightFormat;
        quant::Recipe recipe = uniform(WeightFormat::Q8_0);
        recipe.name = "mixed";
        const auto rule = [&](const std::string& match, WeightFormat format) {
            recipe.rules.push_back({match, format, {}, {}, ""});
        };
        rule("**.attn1.to_q", WeightFormat::Q4_0);
        rule("**.attn1.to_k", WeightFormat::Q4_1);
        rule("**.attn1.to_v", WeightFormat::Q5_0);
        rule("**.attn2.to_q", WeightFormat::Q5_1);
        rule("**.attn2.to_k", WeightFormat::Int8);
        rule("**.attn2.to_v", WeightFormat::Int4G32);
        rule("**.attn1.to_out.0", WeightFormat::Int4G128);
        rule("**.attn2.to_out.0", WeightFormat::Int4);
        rule("**.ff.net.2", WeightFormat::Q6_K);
        rule("unet.down_blocks.**.time_emb_proj", WeightFormat::Q5_K);
        rule("unet.up_blocks.**.time_emb_proj", WeightFormat::Q4_K);
        rule("unet.time_embedding.linear_1", WeightFormat::Bf16);
        rule("unet.time_embedding.linear_2", WeightFormat::Fp32);
        rule("unet.conv_out", WeightFormat::Int8);
        return recipe;
    }

    static quant::Recipe uniform(quant::WeightFormat format) {
        quant::Recipe recipe;
        recipe.base = {format, quant::ActivationFormat::Fp32};
        return recipe;
    }

    static quant::ExportOptions unetAlone(bool prefixed = false) {
        quant::ExportOptions options;
        options.unetOnly = true;
        options.prefixed = prefixed;
        return options;
    }

    /// Of pictures, and of the runs that treatments are fitted to.
    static ldm::GenerateSettings settings() {
        ldm::GenerateSettings result;
        result.prompt = "a red heart";
        result.steps = 3;
        return result;
    }

    static const ldm::StoredTensor& weightOf(const ldm::Model& model, const std::string& layer) {
        return *model.networks().checkpoint.find("unet")->tensors.find(layer.substr(5) + ".weight");
    }

    static std::string notesOf(const quant::ExportReport& report) {
        std::string text;
        for (const std::string& note : report.notes) text += note + "\n";
        return text;
    }

    const ldm::Model& model() const { return m_model; }
    std::filesystem::path folder() const { return m_folder.path().toStdString(); }
    std::filesystem::path path(const std::string& name) const { return folder() / name; }
    ldm::GgufFile open(const std::string& name) const { return ldm::GgufFile::open(path(name)); }

    /// A layer's weight, float32.
    at::Tensor original(const std::string& layer) const {
        const auto index = static_cast<std::size_t>(m_model.info().layerIndex(layer));
        const auto& shape = m_model.info().layers.at(index).weightShape;
        return weightOf(m_model, layer).values().reshape(shape).to(at::kFloat);
    }

    /// Exports from `model`, or emoji-ldm itself.
    quant::ExportReport exported(const std::string& name, const quant::Recipe& recipe,
                                 const quant::ExportOptions& options = {}, const ldm::Model* model = nullptr) const {
        quant::ExportRequest request{quant::ExportFormat::Gguf, path(name)};
        request.options = options;
        request.sampling = settings();
        return *quant::exportModel(model ? *model : m_model, recipe, request);
    }

    /// The model with another weight in one layer, of the type that `change` returns.
    template <typename Change> ldm::Model changed(const std::string& layer, const Change& change) const {
        const std::filesystem::path copy = path("changed");
        std::filesystem::remove_all(copy);
        std::filesystem::copy(m_model.info().path, copy, std::filesystem::copy_options::recursive);
        const std::filesystem::path weights = copy / "unet/diffusion_pytorch_model.safetensors";
        const auto file = ldm::SafetensorsFile::open(weights);
        const at::Tensor values = change(original(layer).clone()).contiguous();
        std::vector<ldm::TensorToWrite> tensors;
        for (const ldm::TensorEntry& entry : file.entries()) {
            tensors.push_back({entry.name, entry.dtype, entry.shape, file.bytes(entry)});
            if ("unet." + entry.name != layer + ".weight") continue;
            tensors.back().dtype = ldm::fromScalarType(values.scalar_type());
            tensors.back().data = {static_cast<const std::byte*>(values.data_ptr()), values.nbytes()};
        }
        ldm::writeSafetensors(weights, tensors);
        return ldm::Model::open(copy.string());
    }

private:
    ldm::Model m_model;
    QTemporaryDir m_folder;
};

} // namespace support
