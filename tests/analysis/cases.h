#pragma once

// First: moc stumbles over <compare>, which the headers of quant begin with, unless <string> has been there.
#include "support/testmain.h"

#include "ldm/failures.h"

#include <analysis/analyze.h>

#include <ATen/core/Tensor.h>
#include <ldm/error.h>
#include <ldm/safetensors.h>

#include <cmath>
#include <filesystem>
#include <string>

namespace support {

/// The small SD 1.x model of the reference data: eight by eight latents, two levels.
inline ldm::Model tinyModel() {
    return ldm::Model::open((std::filesystem::path(NOISEFLOOR_TEST_DATA) / "reference/sd1_tiny").string());
}

/// Short settings on the small model; two prompts, so that pooling and guidance have something to do.
inline analysis::AnalysisSettings tinySettings(std::vector<analysis::Metric> metrics, const std::string& formats) {
    analysis::AnalysisSettings settings;
    settings.metrics = std::move(metrics);
    settings.formats = quant::parseFormats(formats);
    settings.prompts = {"a red circle", "two cats"};
    settings.negative = "blurry";
    settings.steps = 4;
    settings.guidance = 5;
    settings.seed = 3;
    return settings;
}

/// Rows of a test that runs at both levels: QFETCH(int, level).
inline void levels() {
    QTest::addColumn<int>("level");
    QTest::newRow("blocks") << int(analysis::Level::Block);
    QTest::newRow("layers") << int(analysis::Level::Layer);
}

inline analysis::Analysis measured(const ldm::Model& model, const analysis::AnalysisSettings& settings) {
    return analysis::analyze(model, analysis::planned(model, settings));
}

/// A file of given noise [N, C, h, w].
inline void writeLatents(const std::filesystem::path& file, const at::Tensor& noise) {
    const at::Tensor values = noise.contiguous();
    const auto* data = static_cast<const std::byte*>(values.data_ptr());
    ldm::writeSafetensors(file, {{"latents", ldm::DType::F32, values.sizes().vec(), {data, values.nbytes()}}});
}

/// Equal to the last bit, unmeasured cells included.
inline bool same(const analysis::Grid& a, const analysis::Grid& b) {
    if (a.rows != b.rows || a.columns != b.columns) return false;
    for (std::size_t i = 0; i < a.db.size(); ++i)
        if (!(a.db[i] == b.db[i] || (std::isnan(a.db[i]) && std::isnan(b.db[i])))) return false;
    return true;
}

inline bool sameMaps(const analysis::Analysis& a, const analysis::Analysis& b) {
    if (a.maps.size() != b.maps.size() || a.floors.size() != b.floors.size()) return false;
    for (std::size_t i = 0; i < a.maps.size(); ++i)
        if (a.maps[i].metric != b.maps[i].metric || a.maps[i].format != b.maps[i].format ||
            !same(a.maps[i].grid, b.maps[i].grid) || !same(a.maps[i].spread, b.maps[i].spread))
            return false;
    for (const auto& [metric, floor] : a.floors)
        if (!b.floors.count(metric) || !same(floor, b.floors.at(metric))) return false;
    return true;
}

} // namespace support
