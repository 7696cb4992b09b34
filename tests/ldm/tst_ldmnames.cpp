#include "support/testmain.h"

#include <ldm/ldmnames.h>
#include <ldm/networks.h>

#include <QTest>

#include <set>

using ldm::LdmNames;

namespace {

/// A UNet of the given levels, of which some attend, counted on the way down.
LdmNames unetOf(int levels, int layersPerBlock, const std::set<int>& downAttention) {
    ldm::UNetLayout layout{levels, layersPerBlock, {}};
    for (int i = 0; i < levels; ++i) layout.upAttends.push_back(downAttention.contains(levels - 1 - i));
    return LdmNames::unet(layout);
}

LdmNames namesOf(const QString& network) {
    if (network == "unet") return unetOf(4, 2, {0, 1, 2});
    if (network == "sdxl") return unetOf(3, 2, {1, 2});
    if (network == "vae") return LdmNames::autoencoder({4, 2});
    return network == "openclip" ? LdmNames::openClip(23) : LdmNames::clip();
}

} // namespace

class LdmNamesTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void stableDiffusionNames_data() {
        QTest::addColumn<QString>("part");
        QTest::addColumn<QString>("diffusers");
        QTest::addColumn<QString>("original");
        const auto unet = [](const char* from, const char* to) { QTest::newRow(from) << "unet" << from << to; };
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

        const auto vae = [](const char* from, const char* to) { QTest::newRow(from) << "vae" << from << to; };
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

        const auto sdxl = [](const char* from, const char* to) { QTest::newRow(to) << "sdxl" << from << to; };
        sdxl("add_embedding.linear_1.weight", "label_emb.0.0.weight");
        sdxl("add_embedding.linear_2.bias", "label_emb.0.2.bias");
        sdxl("time_embedding.cond_proj.weight", "time_embed.cond_proj.weight");
        sdxl("down_blocks.1.attentions.0.transformer_blocks.1.ff.net.2.bias",
             "input_blocks.4.1.transformer_blocks.1.ff.net.2.bias");
        sdxl("down_blocks.2.resnets.1.conv2.weight", "input_blocks.8.0.out_layers.3.weight");
        sdxl("mid_block.attentions.0.transformer_blocks.9.norm3.weight",
             "middle_block.1.transformer_blocks.9.norm3.weight");
        sdxl("up_blocks.0.upsamplers.0.conv.weight", "output_blocks.2.2.conv.weight");
        sdxl("up_blocks.2.resnets.2.norm1.bias", "output_blocks.8.0.in_layers.0.bias");

        QTest::newRow("text") << "text"
                              << "text_model.encoder.layers.0.mlp.fc1.weight"
                              << "text_model.encoder.layers.0.mlp.fc1.weight";
        const auto openClip = [](const char* from, const char* to) { QTest::newRow(from) << "openclip" << from << to; };
        openClip("text_model.embeddings.token_embedding.weight", "token_embedding.weight");
        openClip("text_model.embeddings.position_embedding.weight", "positional_embedding");
        openClip("text_model.encoder.layers.22.layer_norm1.bias", "transformer.resblocks.22.ln_1.bias");
        openClip("text_model.encoder.layers.3.layer_norm2.weight", "transformer.resblocks.3.ln_2.weight");
        openClip("text_model.encoder.layers.10.mlp.fc1.bias", "transformer.resblocks.10.mlp.c_fc.bias");
        openClip("text_model.encoder.layers.1.mlp.fc2.weight", "transformer.resblocks.1.mlp.c_proj.weight");
        openClip("text_model.encoder.layers.1.self_attn.out_proj.bias", "transformer.resblocks.1.attn.out_proj.bias");
        openClip("text_model.final_layer_norm.weight", "ln_final.weight");
        openClip("text_projection.weight", "text_projection");
    }

    void stableDiffusionNames() {
        QFETCH(QString, part);
        QFETCH(QString, diffusers);
        QFETCH(QString, original);
        const LdmNames names = namesOf(part);
        QCOMPARE(names.toLdm(diffusers.toStdString()), original.toStdString());
        QCOMPARE(names.toDiffusers(original.toStdString()), std::vector{diffusers.toStdString()});
    }

    void projectionsToQueriesKeysAndValuesShareATensor() {
        const LdmNames names = LdmNames::openClip(2);
        const std::string attention = "text_model.encoder.layers.1.self_attn.";
        for (const std::string kind : {"weight", "bias"}) {
            const std::string joined = "transformer.resblocks.1.attn.in_proj_" + kind;
            const std::vector<std::string> expected = {attention + "q_proj." + kind, attention + "k_proj." + kind,
                                                       attention + "v_proj." + kind};
            QCOMPARE(names.toDiffusers(joined), expected);
            for (const std::string& name : expected) QCOMPARE(names.toLdm(name), joined);
        }
    }

    void upsamplersAreReadInBothPlaces() {
        for (const LdmNames& names : {unetOf(4, 2, {0, 1, 2}), unetOf(3, 2, {1, 2})})
            for (const char* name : {"output_blocks.2.1.conv.bias", "output_blocks.2.2.conv.bias"})
                QCOMPARE(names.toDiffusers(name), std::vector<std::string>{"up_blocks.0.upsamplers.0.conv.bias"});
    }

    void namesOfEarlyDiffusersAreWrittenAsTheirSuccessors() {
        const LdmNames names = LdmNames::autoencoder({4, 2});
        QCOMPARE(names.toLdm("encoder.mid_block.attentions.0.query.weight"),
                 std::string("encoder.mid.attn_1.q.weight"));
        QCOMPARE(names.toLdm("decoder.mid_block.attentions.0.proj_attn.bias"),
                 std::string("decoder.mid.attn_1.proj_out.bias"));
    }

    void prefixesFollowPartAndFamily() {
        QCOMPARE(ldm::ldmPrefix("unet", false, false), std::string("model.diffusion_model."));
        QCOMPARE(ldm::ldmPrefix("vae", true, false), std::string("first_stage_model."));
        QCOMPARE(ldm::ldmPrefix("text_encoder", false, false), std::string("cond_stage_model.transformer."));
        QCOMPARE(ldm::ldmPrefix("text_encoder", false, true), std::string("cond_stage_model.model."));
        QCOMPARE(ldm::ldmPrefix("text_encoder", true, false), std::string("conditioner.embedders.0.transformer."));
        QCOMPARE(ldm::ldmPrefix("text_encoder_2", true, true), std::string("conditioner.embedders.1.model."));
    }

    void numberingFollowsLevelsAndLayersPerBlock() {
        const LdmNames three = unetOf(3, 1, {1, 2});
        QCOMPARE(three.toLdm("down_blocks.2.resnets.0.conv1.weight"),
                 std::string("input_blocks.5.0.in_layers.2.weight"));
        QCOMPARE(three.toLdm("down_blocks.1.downsamplers.0.conv.weight"), std::string("input_blocks.4.0.op.weight"));
        QCOMPARE(three.toLdm("up_blocks.0.upsamplers.0.conv.weight"), std::string("output_blocks.1.2.conv.weight"));
        QCOMPARE(three.toLdm("up_blocks.2.resnets.1.conv1.weight"),
                 std::string("output_blocks.5.0.in_layers.2.weight"));
        QCOMPARE(LdmNames::autoencoder({3, 1}).toLdm("decoder.up_blocks.0.resnets.0.conv1.weight"),
                 std::string("decoder.up.2.block.0.conv1.weight"));
    }

    void theLayoutIsReadFromTheNamesOfBoth() {
        const ldm::Model model = ldm::Model::open("emoji-ldm");
        const ldm::TensorTable& tensors = model.networks().checkpoint.find("unet")->tensors;
        const auto layout = ldm::UNetLayout::ofDiffusers(tensors);
        QCOMPARE(layout.levels, 3);
        QCOMPARE(layout.layersPerBlock, 2);
        const LdmNames names = LdmNames::unet(layout);
        ldm::TensorTable renamed("renamed");
        for (ldm::StoredTensor tensor : tensors.tensors()) {
            tensor.name = names.toLdm(tensor.name);
            renamed.add(std::move(tensor));
        }
        const auto again = ldm::UNetLayout::ofLdm(renamed);
        QCOMPARE(again.levels, layout.levels);
        QCOMPARE(again.layersPerBlock, layout.layersPerBlock);
        QCOMPARE(again.upAttends, layout.upAttends);
    }

    void namesOutsideTheTableHaveNoOther_data() {
        QTest::addColumn<QString>("part");
        QTest::addColumn<QString>("name");
        for (const char* name :
             {"", "conv_inner.weight", "down_blocks.x.resnets.0.conv1.weight", "down_blocks.0.resnets.0",
              "down_blocks.-1.resnets.0.conv1.weight", "down_blocks.99999999999.resnets.0.conv1.weight",
              "down_blocks.0.resnets.0.conv3.weight", "mid_block.attentions.1.norm.weight", "class_embedding.weight"})
            QTest::newRow(name) << "unet" << name;
        QTest::newRow("vae") << "vae"
                             << "encoder.up_down.weight";
        QTest::newRow("clip") << "text"
                              << "logit_scale";
    }

    void namesOutsideTheTableHaveNoOther() {
        QFETCH(QString, part);
        QFETCH(QString, name);
        QCOMPARE(namesOf(part).toLdm(name.toStdString()), std::string());
        QVERIFY(namesOf(part).toDiffusers(name.toStdString()).empty());
    }

    void noTwoTensorsOfAModelShareAName() {
        const ldm::Model model = ldm::Model::open("emoji-ldm");
        std::set<std::string> names;
        std::size_t tensors = 0;
        for (const ldm::PartSource& part : model.networks().checkpoint.parts) {
            const LdmNames table = part.name == "unet" ? LdmNames::unet(ldm::UNetLayout::ofDiffusers(part.tensors))
                                   : part.name == "vae"
                                       ? LdmNames::autoencoder(ldm::AutoencoderLayout::ofDiffusers(part.tensors))
                                       : LdmNames::clip();
            for (const ldm::StoredTensor& tensor : part.tensors.tensors()) {
                if (ldm::isIgnorable(tensor.name)) continue;
                names.insert(ldm::ldmPrefix(part.name, false, false) + table.toLdm(tensor.name));
                ++tensors;
            }
        }
        QVERIFY(tensors > 500);
        QCOMPARE(names.size(), tensors);
    }
};

NOISEFLOOR_TEST(LdmNamesTest)
#include "tst_ldmnames.moc"
