#include "ldm/failures.h"
#include "quant/samplemodel.h"
#include "support/testmain.h"

#include <quant/export.h>

#include <QTest>

#include <set>

using support::failureOf;

namespace {

/// Layer names of a UNet of the given levels, as far as the naming depends on them.
ldm::ModelInfo unetOf(int levels, int layersPerBlock, const std::set<int>& downAttention) {
    std::vector<ldm::LayerInfo> layers;
    const auto add = [&](const std::string& name) { layers.push_back(support::layer("unet." + name, "b", {4, 4})); };
    for (int i = 0; i < levels; ++i) {
        const bool attends = downAttention.contains(i);
        const bool upAttends = downAttention.contains(levels - 1 - i);
        for (int j = 0; j <= layersPerBlock; ++j) {
            const std::string at = std::to_string(i) + ".resnets." + std::to_string(j) + ".conv1";
            const std::string attention = std::to_string(i) + ".attentions." + std::to_string(j) + ".proj_in";
            if (j < layersPerBlock) add("down_blocks." + at);
            if (j < layersPerBlock && attends) add("down_blocks." + attention);
            add("up_blocks." + at);
            if (upAttends) add("up_blocks." + attention);
        }
    }
    ldm::ModelInfo model = support::modelOf(std::move(layers));
    model.vaeScale = 1 << (levels - 1);
    return model;
}

} // namespace

class LdmNamesTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void stableDiffusionNames_data() {
        QTest::addColumn<QString>("part");
        QTest::addColumn<QString>("diffusers");
        QTest::addColumn<QString>("original");
        const auto unet = [](const char* from, const char* to) {
            QTest::newRow(from) << "unet" << from << QString("model.diffusion_model.") + to;
        };
        unet("conv_in.weight", "input_blocks.0.0.weight");
        unet("time_embedding.linear_1.bias", "time_embed.0.bias");
        unet("time_embedding.linear_2.weight", "time_embed.2.weight");
        unet("conv_norm_out.weight", "out.0.weight");
        unet("conv_out.bias", "out.2.bias");
        unet("down_blocks.0.resnets.0.conv1.weight", "input_blocks.1.0.in_layers.2.weight");
        unet("down_blocks.0.attentions.1.proj_in.weight", "input_blocks.2.1.proj_in.weight");
        unet("down_blocks.0.downsamplers.0.conv.weight", "input_blocks.3.0.op.weight");
        unet("down_blocks.1.resnets.0.conv_shortcut.weight", "input_blocks.4.0.skip_connection.weight");
        unet("down_blocks.3.resnets.1.norm2.bias", "input_blocks.11.0.out_layers.0.bias");
        unet("mid_block.resnets.0.time_emb_proj.weight", "middle_block.0.emb_layers.1.weight");
        unet("mid_block.attentions.0.transformer_blocks.0.attn2.to_out.0.bias",
             "middle_block.1.transformer_blocks.0.attn2.to_out.0.bias");
        unet("mid_block.resnets.1.conv2.weight", "middle_block.2.out_layers.3.weight");
        unet("up_blocks.0.resnets.2.norm1.weight", "output_blocks.2.0.in_layers.0.weight");
        unet("up_blocks.0.upsamplers.0.conv.weight", "output_blocks.2.1.conv.weight");
        unet("up_blocks.1.attentions.0.transformer_blocks.0.ff.net.0.proj.weight",
             "output_blocks.3.1.transformer_blocks.0.ff.net.0.proj.weight");
        unet("up_blocks.1.upsamplers.0.conv.bias", "output_blocks.5.2.conv.bias");
        unet("up_blocks.3.resnets.2.conv1.weight", "output_blocks.11.0.in_layers.2.weight");

        const auto vae = [](const char* from, const char* to) {
            QTest::newRow(from) << "vae" << from << QString("first_stage_model.") + to;
        };
        vae("quant_conv.weight", "quant_conv.weight");
        vae("post_quant_conv.bias", "post_quant_conv.bias");
        vae("encoder.conv_in.weight", "encoder.conv_in.weight");
        vae("encoder.conv_norm_out.bias", "encoder.norm_out.bias");
        vae("encoder.down_blocks.1.resnets.0.conv_shortcut.weight", "encoder.down.1.block.0.nin_shortcut.weight");
        vae("encoder.down_blocks.2.downsamplers.0.conv.weight", "encoder.down.2.downsample.conv.weight");
        vae("encoder.mid_block.attentions.0.to_q.weight", "encoder.mid.attn_1.q.weight");
        vae("decoder.mid_block.attentions.0.group_norm.weight", "decoder.mid.attn_1.norm.weight");
        vae("decoder.mid_block.attentions.0.to_out.0.bias", "decoder.mid.attn_1.proj_out.bias");
        vae("decoder.mid_block.resnets.1.norm1.weight", "decoder.mid.block_2.norm1.weight");
        vae("decoder.up_blocks.0.resnets.2.conv2.weight", "decoder.up.3.block.2.conv2.weight");
        vae("decoder.up_blocks.2.upsamplers.0.conv.weight", "decoder.up.1.upsample.conv.weight");
        vae("decoder.conv_out.bias", "decoder.conv_out.bias");

        QTest::newRow("text") << "text_encoder"
                              << "text_model.encoder.layers.0.mlp.fc1.weight"
                              << "cond_stage_model.transformer.text_model.encoder.layers.0.mlp.fc1.weight";
    }

    void stableDiffusionNames() {
        QFETCH(QString, part);
        QFETCH(QString, diffusers);
        QFETCH(QString, original);
        const ldm::ModelInfo model = unetOf(4, 2, {0, 1, 2});
        QCOMPARE(quant::ldmName(part.toStdString(), diffusers.toStdString(), model), original.toStdString());
    }

    void numberingFollowsLevelsAndLayersPerBlock() {
        const ldm::ModelInfo three = unetOf(3, 1, {1, 2});
        QCOMPARE(quant::ldmName("unet", "down_blocks.2.resnets.0.conv1.weight", three),
                 std::string("model.diffusion_model.input_blocks.5.0.in_layers.2.weight"));
        QCOMPARE(quant::ldmName("unet", "down_blocks.1.downsamplers.0.conv.weight", three),
                 std::string("model.diffusion_model.input_blocks.4.0.op.weight"));
        QCOMPARE(quant::ldmName("unet", "up_blocks.0.upsamplers.0.conv.weight", three),
                 std::string("model.diffusion_model.output_blocks.1.2.conv.weight"));
        QCOMPARE(quant::ldmName("unet", "up_blocks.2.resnets.1.conv1.weight", three),
                 std::string("model.diffusion_model.output_blocks.5.0.in_layers.2.weight"));
        QCOMPARE(quant::ldmName("vae", "decoder.up_blocks.0.resnets.0.conv1.weight", three),
                 std::string("first_stage_model.decoder.up.2.block.0.conv1.weight"));
    }

    void namesOutsideTheTableAreRefused_data() {
        QTest::addColumn<QString>("part");
        QTest::addColumn<QString>("name");
        QTest::newRow("part") << "safety_checker"
                              << "conv_in.weight";
        for (const char* name :
             {"", "conv_inner.weight", "down_blocks.x.resnets.0.conv1.weight", "down_blocks.0.resnets.0",
              "down_blocks.-1.resnets.0.conv1.weight", "down_blocks.99999999999.resnets.0.conv1.weight",
              "down_blocks.0.resnets.0.conv3.weight", "mid_block.attentions.1.norm.weight",
              "add_embedding.linear_1.bias"})
            QTest::newRow(name) << "unet" << name;
        QTest::newRow("vae") << "vae"
                             << "encoder.up_down.weight";
        QTest::newRow("text") << "text_encoder"
                              << "logit_scale";
    }

    void namesOutsideTheTableAreRefused() {
        QFETCH(QString, part);
        QFETCH(QString, name);
        const ldm::ModelInfo model = unetOf(4, 2, {0, 1, 2});
        const std::string said =
            failureOf(ldm::ErrorKind::Failed, [&] { quant::ldmName(part.toStdString(), name.toStdString(), model); });
        QVERIFY2(support::contains(said, "'" + part.toStdString() + "." + name.toStdString() + "'"), said.c_str());
    }

    void noTwoTensorsOfAModelShareAName() {
        const ldm::Model model = ldm::Model::open("emoji-ldm");
        std::set<std::string> names;
        std::size_t tensors = 0;
        for (const auto& [part, file] :
             {std::pair<std::string, std::string>{"unet", "unet/diffusion_pytorch_model.safetensors"},
              {"vae", "vae/diffusion_pytorch_model.safetensors"},
              {"text_encoder", "text_encoder/model.safetensors"}}) {
            const auto opened = ldm::SafetensorsFile::open(model.info().path / file);
            for (const ldm::TensorEntry& entry : opened.entries()) {
                if (entry.name.ends_with("position_ids")) continue;
                names.insert(quant::ldmName(part, entry.name, model.info()));
                ++tensors;
            }
        }
        QVERIFY(tensors > 500);
        QCOMPARE(names.size(), tensors);
    }
};

NOISEFLOOR_TEST(LdmNamesTest)
#include "tst_ldmnames.moc"
