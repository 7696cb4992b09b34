#include "lorafixture.h"
#include "support/testmain.h"

#include <ldm/denoise.h>
#include <ldm/inputfile.h>
#include <ldm/wholefiles.h>

#include <QTemporaryDir>
#include <QTest>

#include <algorithm>
#include <atomic>
#include <csignal>
#include <thread>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

using ldm::ErrorKind;
using support::contains;
using support::failureOf;
using support::put;

namespace fs = std::filesystem;

namespace {

constexpr std::size_t kPages = 64;
constexpr char kContent = 'x';
constexpr const char* kLoraModule = "lora_unet_down_blocks_0_attentions_0_transformer_blocks_0_attn1_to_q";

std::size_t pageBytes() {
    return static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
}

/// A mapped file of the test's own.
struct Mapped {
    fs::path path;
    std::size_t size = kPages * pageBytes();
    std::shared_ptr<const std::byte> data;

    explicit Mapped(const fs::path& file) : path(file) {
        put(path, std::string(size, kContent));
        data = ldm::InputFile(path, "test").map();
    }
    std::span<const std::byte> bytes() const { return {data.get(), size}; }
    void cutTo(std::size_t left) const { fs::resize_file(path, left); }
    std::string complaint() const {
        return failureOf(ErrorKind::BadInput, [this] { ldm::requireWhole(bytes()); });
    }
    /// How many bytes are as they were written.
    std::ptrdiff_t intact() const {
        return std::count(bytes().begin(), bytes().end(), static_cast<std::byte>(kContent));
    }
};

/// Somebody else's handler, who knows what to do about faults in one page.
class OtherHandler {
public:
    OtherHandler() {
        struct sigaction action {};
        action.sa_sigaction = handle;
        action.sa_flags = SA_SIGINFO;
        ::sigaction(SIGBUS, &action, &m_before);
    }
    ~OtherHandler() { ::sigaction(SIGBUS, &m_before, nullptr); }
    OtherHandler(const OtherHandler&) = delete;
    OtherHandler& operator=(const OtherHandler&) = delete;

    static int faults() { return s_faults; }

private:
    static void handle(int, siginfo_t* info, void*) {
        ++s_faults;
        const auto address = reinterpret_cast<std::uintptr_t>(info->si_addr);
        ::mmap(reinterpret_cast<void*>(address / pageBytes() * pageBytes()), pageBytes(), PROT_READ,
               MAP_FIXED | MAP_ANONYMOUS | MAP_PRIVATE, -1, 0);
    }

    static inline std::atomic<int> s_faults = 0;
    struct sigaction m_before {};
};

/// Cuts a file in two before the first layer is computed, whose weights were not read yet.
class Cutting : public ldm::ForwardingArithmetic {
public:
    Cutting(ldm::Arithmetic& inner, fs::path file) : ForwardingArithmetic(inner), m_file(std::move(file)) {}
    at::Tensor linear(const ldm::Layer& layer, const at::Tensor& x) override {
        if (!std::exchange(m_isCut, true)) fs::resize_file(m_file, fs::file_size(m_file) / 2);
        return inner().linear(layer, x);
    }

private:
    fs::path m_file;
    bool m_isCut = false;
};

ldm::GenerateSettings frog() {
    ldm::GenerateSettings settings;
    settings.prompt = "frog";
    settings.steps = 2;
    return settings;
}

/// What is said when a file of the model is cut in two while a picture is made: in the first run of the UNet, or when
/// that has been shown. Nothing is shown afterwards.
std::string complaintOf(const ldm::Model& model, const fs::path& file, bool early) {
    ldm::Networks& networks = model.networks();
    Cutting cutting(networks.unetArithmetic, file);
    int shown = 0;
    const auto show = [&](int, const ldm::Preview&) {
        if (++shown == 1) fs::resize_file(file, fs::file_size(file) / 2);
    };
    const std::string said = failureOf(ErrorKind::BadInput, [&] {
        ldm::Arithmetic& full = networks.unetArithmetic;
        ldm::generate(networks, early ? cutting : full, frog(), {}, {}, {}, show);
    });
    return shown == (early ? 0 : 1) ? said : std::string();
}

} // namespace

/// Files that are cut short, written to or unreadable while they are mapped.
class WholeFilesTest : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void init() {
        m_folder = std::make_unique<QTemporaryDir>();
        ldm::surviveVanishingFiles();
    }

    void aWholeFileIsNoReasonToComplain() {
        const Mapped file(path("a"));
        QCOMPARE(file.intact(), std::ptrdiff_t(file.size));
        QVERIFY(file.complaint().empty());
        const std::vector<std::byte> unmapped(10);
        ldm::requireWhole(unmapped); // nothing that could vanish
        ldm::requireWhole(std::span<const std::byte>());
    }

    void whatWasCutOffIsZeroAndTold() {
        const Mapped file(path("a"));
        file.cutTo(3 * pageBytes());
        QCOMPARE(file.intact(), std::ptrdiff_t(3 * pageBytes()));
        const std::string said = file.complaint();
        QVERIFY2(contains(said, file.path.string()) && contains(said, "became shorter"), said.c_str());
    }

    void aFileThatWasShortForAWhileIsTold() {
        const Mapped file(path("a"));
        file.cutTo(0);
        QCOMPARE(file.intact(), std::ptrdiff_t(0));
        file.cutTo(file.size); // of zeros, and the mapping holds on to what it has read
        QVERIFY(contains(file.complaint(), "could not be read"));
    }

    void aCutThatNoReadFailsAtIsTold() {
        const Mapped file(path("a"));
        file.cutTo(file.size - 1); // the rest of its page reads as zero
        QCOMPARE(file.intact(), std::ptrdiff_t(file.size - 1));
        QVERIFY(contains(file.complaint(), "became shorter"));
    }

    void aFileThatIsWrittenToIsTold() {
        const Mapped file(path("a"));
        fs::last_write_time(file.path, fs::last_write_time(file.path) + std::chrono::seconds(1));
        QVERIFY(contains(file.complaint(), "was changed"));
    }

    void aFileThatMakesPlaceForAnotherStaysWhole() {
        const Mapped file(path("a"));
        put(path("b"), "another");
        fs::rename(path("b"), file.path);
        QCOMPARE(file.intact(), std::ptrdiff_t(file.size));
        QVERIFY(file.complaint().empty());
    }

    void otherFilesGoOn() {
        const Mapped cut(path("a"));
        const Mapped whole(path("b"));
        cut.cutTo(0);
        QCOMPARE(cut.intact(), std::ptrdiff_t(0));
        QCOMPARE(whole.intact(), std::ptrdiff_t(whole.size));
        QVERIFY(whole.complaint().empty());
        QVERIFY(!cut.complaint().empty());
    }

    void aFileThatIsMappedAnewIsWholeAgain() {
        {
            const Mapped file(path("a"));
            file.cutTo(0);
            QCOMPARE(file.intact(), std::ptrdiff_t(0));
        }
        const Mapped again(path("a"));
        QCOMPARE(again.intact(), std::ptrdiff_t(again.size));
        QVERIFY(again.complaint().empty());
    }

    void manyThreadsMayFaultAtOnce() {
        const Mapped cut(path("a"));
        const Mapped whole(path("b"));
        cut.cutTo(pageBytes());
        std::vector<std::ptrdiff_t> found(8);
        {
            std::vector<std::jthread> threads;
            for (std::ptrdiff_t& count : found)
                threads.emplace_back([&] { count = 1000 * whole.intact() + cut.intact(); });
        }
        for (const std::ptrdiff_t count : found) QCOMPARE(count, std::ptrdiff_t(1000 * whole.size + pageBytes()));
        QVERIFY(whole.complaint().empty());
        QVERIFY(!cut.complaint().empty());
    }

    void otherBusErrorsReachWhoeverHandledThemBefore() {
        const Mapped known(path("a"));
        const OtherHandler other;
        ldm::surviveVanishingFiles(); // once more, after another handler has taken our place
        put(path("b"), std::string(pageBytes(), kContent));
        const int descriptor = ::open(path("b").c_str(), O_RDONLY);
        void* unknown = ::mmap(nullptr, pageBytes(), PROT_READ, MAP_PRIVATE, descriptor, 0);
        QVERIFY(unknown != MAP_FAILED);
        fs::resize_file(path("b"), 0);
        QCOMPARE(*static_cast<const volatile char*>(unknown), char(0));
        QCOMPARE(OtherHandler::faults(), 1);
        known.cutTo(0);
        QCOMPARE(known.intact(), std::ptrdiff_t(0)); // ours are not theirs
        QCOMPARE(OtherHandler::faults(), 1);
        ::munmap(unknown, pageBytes());
        ::close(descriptor);
    }

    void noPictureIsMadeOfZeros_data() {
        QTest::addColumn<QString>("file");
        QTest::addColumn<bool>("early");
        for (const char* part : {"unet/diffusion_pytorch_model", "vae/diffusion_pytorch_model", "text_encoder/model"}) {
            QTest::addRow("%s in the first run", part) << part << true;
            QTest::addRow("%s after it", part) << part << false;
        }
    }

    void noPictureIsMadeOfZeros() {
        QFETCH(QString, file);
        QFETCH(bool, early);
        fs::copy(ldm::Model::open("emoji-ldm").info().path, path("model"), fs::copy_options::recursive);
        const ldm::Model model = ldm::Model::open(path("model").string());
        const fs::path weights = path("model") / (file.toStdString() + ".safetensors");
        const std::string said = complaintOf(model, weights, early);
        QVERIFY2(contains(said, weights.string()) && contains(said, "became shorter"), said.c_str());
        const ldm::Model other = ldm::Model::open("emoji-ldm"); // the embedded one, whose files nobody touches
        QVERIFY(ldm::generate(other.networks(), other.networks().unetArithmetic, frog()));
    }

    void aLoraThatIsCutShortIsTold() {
        support::writeLora(path("lora"), support::kohya(kLoraModule, 16, 16));
        const fs::path lora = path("lora");
        const ldm::Model model = ldm::Model::open({support::fixture("sd1_tiny").string(), {{lora, 1.0}}, {}, {}, {}});
        const std::string said = complaintOf(model, lora, true);
        QVERIFY2(contains(said, lora.string()) && contains(said, "became shorter"), said.c_str());
    }

    void aTensorOfAFileThatIsCutShortIsTold() {
        support::writeLora(path("noise"), {{"latents", support::random({1, 4, 8, 8})}});
        const ldm::SafetensorsFile file = ldm::SafetensorsFile::open(path("noise"));
        fs::resize_file(path("noise"), 20);
        const std::string said =
            failureOf(ErrorKind::BadInput, [&] { ldm::requireWhole(file.bytes(*file.find("latents"))); });
        QVERIFY2(contains(said, path("noise").string()), said.c_str());
    }

private:
    fs::path path(const char* name) const { return fs::path(m_folder->path().toStdString()) / name; }
    std::unique_ptr<QTemporaryDir> m_folder;
};

NOISEFLOOR_TEST(WholeFilesTest)
#include "tst_wholefiles.moc"
