#include "ldm/failures.h"
#include "support/testmain.h"

#include <quant/export.h>

#include <QTemporaryDir>
#include <QTest>

#include <chrono>

#include <unistd.h>

using quant::ExportFormat;
using support::contains;
using support::contentOf;
using support::failureOf;
using support::namesIn;
using support::put;

namespace fs = std::filesystem;

namespace {

quant::Recipe eightBits() {
    quant::Recipe recipe;
    recipe.name = "eight";
    recipe.base = {quant::WeightFormat::Int8, quant::ActivationFormat::Fp32};
    return recipe;
}

} // namespace

/// What exports do to places that are taken, locked or pulled away from under them.
class ExportTargetsTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void initTestCase() { m_model = std::make_unique<ldm::Model>(ldm::Model::open("emoji-ldm")); }
    void init() { m_folder = std::make_unique<QTemporaryDir>(); }
    void cleanup() { m_folder.reset(); }

    void filesThatSomebodyPutIntoAnExportAreNamedAndKept_data() { forEachFolder(); }
    void filesThatSomebodyPutIntoAnExportAreNamedAndKept() {
        QFETCH(int, format);
        const fs::path out = exported(format);
        const std::string weights = wholeContent(out);
        for (const char* mine : {"notes.txt", "unet/my_lora.safetensors", "mine/unet/config.json"}) {
            put(out / mine, "mine");
            const std::string said = failureOf(ldm::ErrorKind::WriteFailed, [&] { exported(format); });
            QVERIFY2(contains(said, mine) && contains(said, out.string()), said.c_str());
            QCOMPARE(contentOf(out / mine), std::string("mine"));
            fs::remove(out / mine);
            QCOMPARE(wholeContent(out), weights);
            QCOMPARE(namesIn(folder()), std::set<std::string>{"out"});
        }
        exported(format);
    }

    void anotherVariantOfTheSameModelIsReplaced() {
        quant::ExportRequest request{ExportFormat::Diffusers, folder() / "out", true};
        for (const char* variant : {"fp16", "", "fp16"}) {
            request.options.variant = variant;
            QVERIFY(quant::exportModel(*m_model, eightBits(), request));
            QCOMPARE(namesIn(folder() / "out/unet").size(), std::size_t{2}); // and config.json
        }
    }

    void formatsOfOneModelReplaceEachOther() {
        for (const ExportFormat format : {ExportFormat::Diffusers, ExportFormat::Sdnq, ExportFormat::Quanto,
                                          ExportFormat::Bitsandbytes, ExportFormat::Diffusers})
            exported(static_cast<int>(format));
        QVERIFY(!fs::exists(folder() / "out/unet/quanto_qmap.json"));
    }

    void placesThatNobodyMayWriteToAreNamed_data() { forEachFormat(); }
    void placesThatNobodyMayWriteToAreNamed() {
        QFETCH(int, format);
        fs::path locked = "/proc"; // not even root creates anything there
        if (::geteuid() != 0) {
            locked = folder() / "locked";
            fs::create_directory(locked);
            fs::permissions(locked, fs::perms::owner_read | fs::perms::owner_exec);
        }
        const std::string said = failureOf(ldm::ErrorKind::WriteFailed, [&] {
            quant::exportModel(*m_model, eightBits(), {which(format), locked / "out", false, {}, measured()});
        });
        if (locked != "/proc") fs::permissions(locked, fs::perms::owner_all);
        QVERIFY2(contains(said, (locked / "out").string()) && contains(said, "that you may write to"), said.c_str());
        QVERIFY(locked == "/proc" || namesIn(locked).empty());
    }

    void namesThatAreTooLongAreRefused_data() { forEachFormat(); }
    void namesThatAreTooLongAreRefused() {
        QFETCH(int, format);
        const fs::path out = folder() / std::string(256, 'n');
        const std::string said = failureOf(ldm::ErrorKind::WriteFailed, [&] {
            quant::exportModel(*m_model, eightBits(), {which(format), out, false, {}, measured()});
        });
        QVERIFY2(contains(said, out.string()) && contains(said, "shorter name"), said.c_str());
        QVERIFY(namesIn(folder()).empty());
    }

    /// Another file in the place of one that is mapped, and one that was written to.
    void aSourceThatChangesMeanwhileIsTold_data() {
        QTest::addColumn<int>("format");
        QTest::addColumn<bool>("replaced");
        for (const auto& info : quant::exportFormats())
            for (const bool replaced : {false, true})
                if (info.holdsWeights)
                    QTest::newRow((std::string(info.name) + (replaced ? ", replaced" : ", touched")).c_str())
                        << static_cast<int>(info.format) << replaced;
    }

    void aSourceThatChangesMeanwhileIsTold() {
        QFETCH(int, format);
        QFETCH(bool, replaced);
        const fs::path copy = folder() / "source", weights = copy / "unet/diffusion_pytorch_model.safetensors";
        fs::copy(m_model->info().path, copy, fs::copy_options::recursive);
        const ldm::Model source = ldm::Model::open(copy.string());
        bool changed = false;
        const auto change = [&](const ldm::Progress& progress) {
            if (changed || progress.done < 5) return;
            changed = true;
            if (replaced) {
                fs::copy_file(copy / "vae/diffusion_pytorch_model.safetensors", copy / "other");
                fs::rename(copy / "other", weights);
            } else {
                fs::last_write_time(weights, fs::file_time_type::clock::now() + std::chrono::hours(1));
            }
        };
        const auto kind = replaced ? ldm::ErrorKind::WriteFailed : ldm::ErrorKind::BadInput;
        const std::string said = failureOf(kind, [&] {
            quant::exportModel(source, eightBits(), {which(format), folder() / "out", false}, {}, change);
        });
        QVERIFY(changed);
        QVERIFY2(contains(said, weights.string()) && contains(said, "changed while it was"), said.c_str());
        QCOMPARE(namesIn(folder()), std::set<std::string>{"source"});
    }

private:
    fs::path folder() const { return fs::canonical(m_folder->path().toStdString()); }
    static ExportFormat which(int format) { return static_cast<ExportFormat>(format); }

    static void forEachFormat() {
        QTest::addColumn<int>("format");
        for (const auto& info : quant::exportFormats())
            QTest::newRow(info.name.data()) << static_cast<int>(info.format);
    }

    static void forEachFolder() {
        QTest::addColumn<int>("format");
        for (const auto& info : quant::exportFormats())
            if (info.suffix.empty()) QTest::newRow(info.name.data()) << static_cast<int>(info.format);
    }

    /// Over what is there.
    fs::path exported(int format) const {
        return quant::exportModel(*m_model, eightBits(), {which(format), folder() / "out", true}).value().path;
    }

    static std::string wholeContent(const fs::path& out) {
        std::map<std::string, std::string> files;
        for (const auto& entry : fs::recursive_directory_iterator(out))
            if (entry.is_regular_file()) files[entry.path().string()] = contentOf(entry.path());
        std::string all;
        for (const auto& [name, content] : files) all += name + '\n' + content + '\n';
        return all;
    }

    /// With the numbers that one of the formats tells.
    quant::ExportOptions measured() const {
        quant::ExportOptions options;
        options.layerDb.assign(m_model->info().layers.size(), 30.0);
        return options;
    }

    std::unique_ptr<ldm::Model> m_model;
    std::unique_ptr<QTemporaryDir> m_folder;
};

NOISEFLOOR_TEST(ExportTargetsTest)
#include "tst_exporttargets.moc"
