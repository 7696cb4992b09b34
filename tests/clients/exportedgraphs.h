#pragma once

#include "app/program.h"

#include <quant/recipe.h>

#include <QTemporaryDir>

#include <string>

namespace support {

/// emoji-ldm as ONNX graphs, exported by the built program: in full precision, and under a recipe of which some layers
/// stay floats. Exported when first asked for.
class ExportedGraphs {
public:
    /// Empty where the export failed; what the program said is in failure().
    QString floats() { return exported(QStringLiteral("floats"), QStringLiteral("fp32")); }
    QString integers() {
        const QString file = m_folder.filePath(QStringLiteral("recipe.json"));
        write(m_folder.filePath(QStringLiteral("prompts.txt")), "a red apple\nan umbrella\n");
        quant::saveRecipe(recipe(), file.toStdString());
        return exported(QStringLiteral("integers"), file);
    }
    const QByteArray& failure() const { return m_failure; }

    /// w8a8 but for the ends, what resizes, the middle's attention and the last level.
    quant::Recipe recipe() const {
        QByteArray text = R"({"noisefloor_recipe": 1, "name": "w8a8, mixed",
            "default": {"weights": "int8", "activations": "int8"},
            "rules": [{"match": "unet.conv_in", "weights": "fp32", "activations": "fp32"},
                      {"match": "unet.mid_block.attentions.0.**", "weights": "fp32", "activations": "fp32"},
                      {"match": "unet.**.downsamplers.**", "weights": "fp32", "activations": "fp32"},
                      {"match": "unet.**.upsamplers.**", "weights": "fp32", "activations": "fp32"},
                      {"match": "unet.up_blocks.2.*", "weights": "fp32", "activations": "fp32"},
                      {"match": "unet.conv_out", "weights": "fp32", "activations": "fp32"}],
            "calibration": {"prompts": "PROMPTS", "steps": "all", "range": "minmax"}})";
        text.replace("PROMPTS", m_folder.filePath(QStringLiteral("prompts.txt")).toUtf8());
        return quant::parseRecipe(text.toStdString(), "the test's recipe");
    }

private:
    QString exported(const QString& name, const QString& recipe) {
        const QString folder = m_folder.filePath(name);
        if (QFile::exists(folder)) return folder;
        const Run run =
            noisefloor({QStringLiteral("export"), QStringLiteral("emoji-ldm"), QStringLiteral("--format"),
                        QStringLiteral("onnx"), QStringLiteral("--recipe"), recipe, QStringLiteral("--out"), folder});
        m_failure = run.exitCode == kDone ? QByteArray() : run.err;
        return run.exitCode == kDone ? folder : QString();
    }

    QTemporaryDir m_folder;
    QByteArray m_failure;
};

} // namespace support
