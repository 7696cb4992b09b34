#pragma once

#include "ldm/failures.h"

#include <quant/export.h>
#include <quant/quantize.h>

#include <ldm/ldmnames.h>
#include <ldm/networks.h>
#include <ldm/weights.h>

#include <ATen/ATen.h>

#include <QTemporaryDir>

#include <algorithm>
#include <filesystem>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace support {

/// The formats that hold integers in safetensors files.
inline const std::vector<quant::ExportFormat> kIntegerFormats = {
    quant::ExportFormat::ComfyUi, quant::ExportFormat::Sdnq, quant::ExportFormat::Bitsandbytes,
    quant::ExportFormat::Quanto};

/// Every integer format, a float on purpose and others that integers do not carry, each somewhere.
inline quant::Recipe integerRecipe() {
    using quant::WeightFormat;
    quant::Recipe recipe;
    recipe.name = "integers";
    recipe.base = {WeightFormat::Int8, quant::ActivationFormat::Fp32};
    const auto rule = [&](const std::string& match, WeightFormat format) {
        recipe.rules.push_back({match, format, {}, {}, ""});
    };
    rule("unet.mid_block", WeightFormat::Int4);
    rule("unet.down_blocks.1.**", WeightFormat::Int4G32);
    rule("unet.down_blocks.2.**", WeightFormat::Int4G64);
    rule("unet.up_blocks.0.**", WeightFormat::Int4G128);
    rule("unet.up_blocks.2.0", WeightFormat::Fp8E4M3);
    rule("unet.time_embedding.linear_1", WeightFormat::Q8_0);
    rule("unet.conv_in", WeightFormat::Fp16);
    rule("unet.conv_out", WeightFormat::Fp32);
    return recipe;
}

inline quant::ExportOptions withFloats(quant::FloatFormat floats) {
    quant::ExportOptions options;
    options.floats = floats;
    return options;
}

/// A model and what is exported from it, in a folder that goes with this.
class IntegerExports {
public:
    explicit IntegerExports(const std::string& model = "emoji-ldm") : m_model(ldm::Model::open(model)) {}

    const ldm::Model& model() const { return m_model; }
    const std::vector<ldm::LayerInfo>& layers() const { return m_model.info().layers; }
    std::filesystem::path folder() const { return m_folder.path().toStdString(); }

    /// Replaces the model by a copy of which one part's tensors were changed.
    void change(const std::function<void(std::map<std::string, at::Tensor>&)>& edit) {
        const std::filesystem::path copy = folder() / "source";
        std::filesystem::copy(m_model.info().path, copy, std::filesystem::copy_options::recursive);
        const std::filesystem::path file = copy / "unet/diffusion_pytorch_model.safetensors";
        std::map<std::string, at::Tensor> tensors;
        const ldm::TensorTable stored(ldm::SafetensorsFile::open(file));
        for (const ldm::StoredTensor& tensor : stored.tensors()) tensors[tensor.name] = tensor.values().to(at::kFloat);
        edit(tensors);
        write(file, tensors);
        m_model = ldm::Model::open(copy.string());
    }

    static void write(const std::filesystem::path& file, const std::map<std::string, at::Tensor>& tensors) {
        std::vector<ldm::TensorToWrite> written;
        for (const auto& [name, values] : tensors)
            written.push_back({name,
                               ldm::fromScalarType(values.scalar_type()),
                               values.sizes().vec(),
                               {static_cast<const std::byte*>(values.data_ptr()), values.nbytes()}});
        ldm::writeSafetensors(file, written);
    }

    std::filesystem::path pathOf(quant::ExportFormat format) const {
        const quant::ExportFormatInfo& info = quant::infoOf(format);
        return folder() / (std::string(info.name) + std::string(info.suffix));
    }

    quant::ExportReport exported(quant::ExportFormat format, const quant::ExportOptions& options,
                                 const quant::Recipe& recipe = integerRecipe()) const {
        return quant::exportModel(m_model, recipe, {format, pathOf(format), true, {}, options}).value();
    }

    quant::ExportPlan plan(quant::ExportFormat format, const quant::ExportOptions& options,
                           const quant::Recipe& recipe = integerRecipe()) const {
        return quant::planExport(m_model.info(), recipe, format, options);
    }

    /// The file that the UNet is in.
    ldm::SafetensorsFile file(quant::ExportFormat format) const {
        const std::filesystem::path path = pathOf(format);
        return ldm::SafetensorsFile::open(
            std::filesystem::is_directory(path) ? path / "unet/diffusion_pytorch_model.safetensors" : path);
    }

    static const ldm::TensorTable& unetOf(const ldm::Model& model) {
        return model.networks().checkpoint.find("unet")->tensors;
    }

    /// A layer's weight, as stored in the model.
    at::Tensor source(const ldm::LayerInfo& layer) const {
        return unetOf(m_model).find(moduleOf(layer) + ".weight")->values().reshape(layer.weightShape);
    }

    /// The layer's name within the UNet.
    static std::string moduleOf(const ldm::LayerInfo& layer) { return layer.name.substr(5); }

private:
    ldm::Model m_model;
    QTemporaryDir m_folder;
};

} // namespace support
