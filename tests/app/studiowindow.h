#pragma once

#include <app/windows/mainwindow.h>

#include <widgets/blocktreemodel.h>

#include <QTemporaryDir>
#include <QTest>

#include <functional>

namespace support {

inline constexpr int kLongestMs = 240'000; ///< for real work under a sanitizer on a slow machine; never waited for
                                           ///< otherwise
inline const QString kModel = QStringLiteral("emoji-ldm");
inline const QString kBlock = QStringLiteral("unet.mid_block");

/// A window of its own on screen, with settings that keep the work short. Nothing is known from earlier sessions, and
/// nothing is written outside a folder that goes with it.
struct StudioWindow {
    QTemporaryDir folder;
    app::session::Settings settings{folder.filePath(QStringLiteral("settings.ini"))};
    app::windows::MainWindow window;

    /// `choose` may set more before the window is made.
    explicit StudioWindow(const std::function<void(app::session::Settings&)>& choose = {})
        : window(prepared(settings, folder, choose)) {
        window.show();
    }
    app::session::Studio& studio() { return window.studio(); }
    app::session::StudioDocument& document() { return window.studio().document(); }
    bool isIdle() { return !studio().engine().isBusy(); }
    QString path(const char* name) const { return folder.filePath(QLatin1String(name)); }
    void run(const char* id) { window.command(QLatin1String(id))->trigger(); }
    template <class Widget> Widget* child(const char* name) { return window.findChild<Widget*>(QLatin1String(name)); }

    bool holds(analysis::Metric metric, quant::Format format) {
        const analysis::SqnrMap* map = document().analysis().find(metric, format);
        return map && map->grid.complete();
    }
    /// What the user does in a precision box of the table.
    bool choose(int column, const char* format) {
        widgets::BlockTreeModel* model = window.blocksPane()->table()->model();
        return model->setData(model->indexOf(kBlock).siblingAtColumn(column), QLatin1String(format), Qt::EditRole);
    }
    QString shown(int column) {
        const widgets::BlockTreeModel* model = window.blocksPane()->table()->model();
        return model->indexOf(kBlock).siblingAtColumn(column).data().toString();
    }
    const widgets::ComparisonView& pictures() { return *window.comparisonPane()->view(); }

    /// Waits for the model and everything that follows from opening it.
    bool openModel() {
        window.open(kModel);
        return QTest::qWaitFor([this] { return document().hasModel() && isIdle(); }, kLongestMs);
    }

private:
    static app::session::Settings& prepared(app::session::Settings& settings, const QTemporaryDir& folder,
                                            const std::function<void(app::session::Settings&)>& choose) {
        for (const char* variable : {"XDG_CACHE_HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME", "XDG_STATE_HOME"})
            qputenv(variable, folder.path().toUtf8());
        settings.set(app::session::kAnalysisSteps, 2);
        settings.set(app::session::kAskToSave, false);
        settings.set(app::session::kLastFolder, folder.path());
        if (choose) choose(settings);
        return settings;
    }
};

} // namespace support
