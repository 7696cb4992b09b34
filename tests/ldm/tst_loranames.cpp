#include "lorafixture.h"
#include "support/proceduralweights.h"
#include "support/testmain.h"

#include <QTemporaryDir>
#include <QTest>

#include <optional>

using ldm::Checkpoint;
using support::fixture;
using support::linear;
using support::weightOf;

namespace {

constexpr const char* kQuery = "down_blocks.0.attentions.0.transformer_blocks.0.attn1.to_q";
constexpr const char* kKohyaQuery = "lora_unet_down_blocks_0_attentions_0_transformer_blocks_0_attn1_to_q";

} // namespace

/// Every way in which files name the layers.
class LoraNamesTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void initTestCase() {
        m_sd1 = ldm::openCheckpoint({fixture("sd1_tiny").string(), {}, {}, {}, {}});
        m_sdxl =
            ldm::openCheckpoint({support::withWeights(fixture("sdxl_tiny"), path("sdxl")).string(), {}, {}, {}, {}});
    }

    void everyStyleOfNamesReachesItsLayer_data() {
        QTest::addColumn<bool>("sdxl");
        QTest::addColumn<QString>("down");
        QTest::addColumn<QString>("up");
        QTest::addColumn<QString>("layer");
        unetRows();
        textEncoderRows();
        originalNameRows();
    }

    void everyStyleOfNamesReachesItsLayer() {
        QFETCH(bool, sdxl);
        QFETCH(QString, down);
        QFETCH(QString, up);
        QFETCH(QString, layer);
        const Checkpoint& base = sdxl ? *m_sdxl : *m_sd1;
        const std::string name = layer.toStdString();
        const auto dot = name.find('.');
        const auto shape = weightOf(base, name.substr(0, dot), name.substr(dot + 1)).shape;
        const support::Tensors tensors = linear(down.toStdString(), up.toStdString(), shape[1], shape[0]);
        const Checkpoint merged = support::merged(base, path("lora.safetensors"), tensors);
        QCOMPARE(support::changed(base, merged), std::vector<std::string>{name + ".weight"});
        QCOMPARE(merged.loras.size(), 1U);
        QCOMPARE(merged.loras[0].layers, 1);
    }

private:
    static void unetRows() {
        const auto row = [](const char* name, const std::string& down, const std::string& up,
                            const std::string& module) {
            QTest::newRow(name) << false << QString::fromStdString(down) << QString::fromStdString(up)
                                << QString::fromStdString("unet." + module);
        };
        const std::string query = kQuery;
        const std::string attention = query.substr(0, query.size() - 5);
        const std::string out = attention + ".to_out.0";
        const std::string dotted = "unet." + query;
        row("PEFT", dotted + ".lora_A.weight", dotted + ".lora_B.weight", query);
        row("PEFT adapter", dotted + ".lora_A.default.weight", dotted + ".lora_B.default.weight", query);
        row("PEFT model", "base_model.model." + query + ".lora_A.weight",
            "base_model.model." + query + ".lora_B.weight", query);
        row("PEFT model of a part", "unet.base_model.model." + query + ".lora_A.x.weight",
            "unet.base_model.model." + query + ".lora_B.x.weight", query);
        row("diffusers", dotted + ".lora.down.weight", dotted + ".lora.up.weight", query);
        row("diffusers out", "unet." + out + ".lora.down.weight", "unet." + out + ".lora.up.weight", out);
        row("processor", "unet." + attention + ".processor.to_q_lora.down.weight",
            "unet." + attention + ".processor.to_q_lora.up.weight", query);
        row("processor without part", attention + ".processor.to_v_lora.down.weight",
            attention + ".processor.to_v_lora.up.weight", attention + ".to_v");
        row("processor out", attention + ".processor.to_out_lora.down.weight",
            attention + ".processor.to_out_lora.up.weight", out);
        row("kohya", std::string(kKohyaQuery) + ".lora_down.weight", std::string(kKohyaQuery) + ".lora_up.weight",
            query);
        const std::string feedForward = "mid_block.attentions.0.transformer_blocks.0.ff.net.0.proj";
        const std::string kohyaForward = "lora_unet_mid_block_attentions_0_transformer_blocks_0_ff_net_0_proj";
        row("kohya feed forward", kohyaForward + ".lora_down.weight", kohyaForward + ".lora_up.weight", feedForward);
        row("kohya out", "lora_unet_up_blocks_1_attentions_1_transformer_blocks_0_attn2_to_out_0.lora_down.weight",
            "lora_unet_up_blocks_1_attentions_1_transformer_blocks_0_attn2_to_out_0.lora_up.weight",
            "up_blocks.1.attentions.1.transformer_blocks.0.attn2.to_out.0");
        row("kohya time", "lora_unet_down_blocks_1_resnets_0_time_emb_proj.lora_down.weight",
            "lora_unet_down_blocks_1_resnets_0_time_emb_proj.lora_up.weight", "down_blocks.1.resnets.0.time_emb_proj");
    }

    static void textEncoderRows() {
        const auto row = [](const char* name, bool sdxl, const std::string& down, const std::string& up,
                            const std::string& layer) {
            QTest::newRow(name) << sdxl << QString::fromStdString(down) << QString::fromStdString(up)
                                << QString::fromStdString(layer);
        };
        const std::string attention = "text_model.encoder.layers.1.self_attn";
        const std::string query = attention + ".q_proj";
        const std::string kohya = "lora_te_text_model_encoder_layers_1_self_attn_q_proj";
        row("text PEFT", false, "text_encoder." + query + ".lora_A.weight", "text_encoder." + query + ".lora_B.weight",
            "text_encoder." + query);
        row("text diffusers", false, "text_encoder." + query + ".lora_linear_layer.down.weight",
            "text_encoder." + query + ".lora_linear_layer.up.weight", "text_encoder." + query);
        row("text former", false, "text_encoder." + attention + ".to_out_lora.down.weight",
            "text_encoder." + attention + ".to_out_lora.up.weight", "text_encoder." + attention + ".out_proj");
        row("text alone", false, query + ".lora.down.weight", query + ".lora.up.weight", "text_encoder." + query);
        row("text kohya", false, kohya + ".lora_down.weight", kohya + ".lora_up.weight", "text_encoder." + query);
        for (const bool second : {false, true}) {
            const std::string part = second ? "text_encoder_2" : "text_encoder";
            const std::string fc = "text_model.encoder.layers.0.mlp.fc1";
            const std::string underscored =
                std::string(second ? "lora_te2_" : "lora_te1_") + "text_model_encoder_layers_0_mlp_fc1";
            row((part + " kohya").c_str(), true, underscored + ".lora_down.weight", underscored + ".lora_up.weight",
                part + "." + fc);
            row((part + " PEFT").c_str(), true, part + "." + fc + ".lora_A.weight", part + "." + fc + ".lora_B.weight",
                part + "." + fc);
        }
    }

    /// Names of the original code for the fixture's two levels of one layer: input block 3 is the second level's.
    static void originalNameRows() {
        const auto row = [](const char* name, const std::string& module, const std::string& layer) {
            QTest::newRow(name) << true << QString::fromStdString(module + ".lora_down.weight")
                                << QString::fromStdString(module + ".lora_up.weight")
                                << QString::fromStdString("unet." + layer);
        };
        row("original down", "lora_unet_input_blocks_3_1_transformer_blocks_1_attn1_to_q",
            "down_blocks.1.attentions.0.transformer_blocks.1.attn1.to_q");
        row("original middle", "lora_unet_middle_block_1_transformer_blocks_0_ff_net_2",
            "mid_block.attentions.0.transformer_blocks.0.ff.net.2");
        row("original up", "lora_unet_output_blocks_1_1_transformer_blocks_1_attn2_to_out_0",
            "up_blocks.0.attentions.1.transformer_blocks.1.attn2.to_out.0");
        row("original resnet", "lora_unet_input_blocks_1_0_emb_layers_1", "down_blocks.0.resnets.0.time_emb_proj");
        row("original label", "lora_unet_label_emb_0_0", "add_embedding.linear_1");
        row("original dotted", "diffusion_model.middle_block.1.transformer_blocks.0.attn1.to_k",
            "mid_block.attentions.0.transformer_blocks.0.attn1.to_k");
    }

    std::filesystem::path path(const char* name) const {
        return std::filesystem::path(m_folder.path().toStdString()) / name;
    }

    QTemporaryDir m_folder;
    std::optional<Checkpoint> m_sd1;
    std::optional<Checkpoint> m_sdxl;
};

NOISEFLOOR_TEST(LoraNamesTest)
#include "tst_loranames.moc"
