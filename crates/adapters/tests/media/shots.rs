use super::Studio;
use plumbline_adapters::Ffmpeg;
use plumbline_core::MediaTime;
use plumbline_pipeline::{Job, Media, MediaError};

fn check(name: &str, path: &std::path::Path, expected_ms: &[i64]) {
    let expected: Vec<MediaTime> = expected_ms.iter().map(|ms| MediaTime::from_ms(*ms)).collect();
    assert_eq!(Ffmpeg.shots(path, &Job::quiet(), &mut |_, _| {}).unwrap(), expected, "{name}");
}

/// Joins lavfi sources, each as `source=…` of 320x180 at 25 per second.
fn joined(sources: &[&str]) -> String {
    let inputs: String = sources.iter().map(|s| format!("-f lavfi -i {s} ")).collect();
    format!("{inputs} -filter_complex concat=n={},format=yuv420p -c:v libx264 -preset veryfast -crf 28", sources.len())
}

#[test]
fn hard_cuts_are_found_to_the_frame() {
    let studio = Studio::new();
    let cuts = joined(&[
        "testsrc2=s=320x180:r=25:d=2",
        "mandelbrot=s=320x180:r=25,trim=duration=1.2",
        "smptebars=s=320x180:r=25:d=2",
        "gradients=s=320x180:r=25:c0=navy:c1=orange:seed=5,trim=duration=1",
        "rgbtestsrc=s=320x180:r=25:d=1",
    ]);
    let path = studio.make("cuts.mp4", &cuts);
    check("cuts", &path, &[2_000, 3_200, 5_200, 6_200]);
    check(
        "cuts, copied with an offset",
        &studio.make("late.mkv", "-i @cuts.mp4 -c copy -output_ts_offset 7"),
        &[2_000, 3_200, 5_200, 6_200],
    );
    // The same room from two sides: alike in colour, unlike in where it lies.
    let takes =
        joined(&["testsrc2=s=320x180:r=25:d=2", "testsrc2=s=320x180:r=25:d=2,hflip,vflip,hue=s=0.6", "testsrc2=s=320x180:r=25:d=1"]);
    check("takes", &studio.make("takes.mp4", &takes), &[2_000, 4_000]);
}

#[test]
fn fades_through_black_begin_a_shot_where_black_ends() {
    let studio = Studio::new();
    for (name, fades, expected) in [
        ("fade", ["fade=out:35:15", "fade=in:0:15"], true),
        ("fade into a cut", ["fade=out:35:12,tpad=stop=10", "null"], true),
        ("cut into a fade", ["tpad=stop=10", "fade=in:0:15"], true),
        ("black for three frames", ["tpad=stop=3", "null"], false),
        ("a shot that rises out of black", ["null", "hue=h=90,fade=in:0:20"], true),
    ] {
        let [first, second] = fades;
        let inputs = "-f lavfi -i testsrc2=s=320x180:r=25:d=2 -f lavfi -i testsrc2=s=320x180:r=25:d=2";
        let graph = format!("[0]{first}[a];[1]{second}[b];[a][b]concat=n=2,format=yuv420p");
        let path = studio.make("fade.mp4", &format!("{inputs} -filter_complex {graph} -c:v libx264 -preset veryfast -crf 24"));
        let shots = Ffmpeg.shots(&path, &Job::quiet(), &mut |_, _| {}).unwrap();
        let ends_black = |at: &&MediaTime| (2_000..2_600).contains(&(at.us() / 1_000));
        assert_eq!(shots.iter().any(|at| ends_black(&at)), expected, "{name}: {shots:?}");
        assert!(shots.windows(2).all(|pair| (pair[1] - pair[0]).us() > 200_000), "{name}: {shots:?}");
        assert!(shots.len() <= 2, "{name}: {shots:?}");
    }
}

#[test]
fn motion_light_and_noise_are_no_cuts() {
    let studio = Studio::new();
    for (name, source) in [
        ("busy picture", "testsrc2=s=320x180:r=25:d=3"),
        ("zoom", "mandelbrot=s=320x180:r=25:end_pts=100,trim=duration=4"),
        ("fast pan", "smptehdbars=s=1280x180:r=25:d=3,crop=320:180:'n*12':0"),
        ("noise", "color=gray:s=320x180:r=25:d=3,noise=alls=90:allf=t"),
        ("flash", "testsrc2=s=320x180:r=25:d=3,eq=brightness='if(between(n,30,32),0.8,0)':eval=frame"),
        ("flicker", "testsrc2=s=320x180:r=25:d=3,eq=brightness='0.25*mod(n,2)':eval=frame"),
        ("fade from black", "testsrc2=s=320x180:r=25:d=3,fade=in:10:40"),
        ("still", "smptebars=s=320x180:r=25:d=2"),
        ("black", "color=black:s=320x180:r=25:d=2"),
        ("one frame", "smptebars=s=320x180:r=25:d=0.04"),
        ("storm", "nullsrc=s=320x180:r=25:d=3,geq=lum='128+100*sin(N*2.1+X/40)':cb='128+60*sin(N*3.7)':cr='128+60*cos(N*1.3)'"),
    ] {
        let path = studio.make("calm.mp4", &format!("-f lavfi -i {source} -pix_fmt yuv420p -c:v libx264 -preset veryfast -crf 28"));
        check(name, &path, &[]);
    }
}

#[test]
fn looking_for_shots_can_be_cancelled() {
    let studio = Studio::new();
    let path = studio.make("long.mp4", "-f lavfi -i testsrc2=s=64x64:r=25:d=10 -c:v libx264 -preset ultrafast");
    let job = Job::quiet();
    job.cancel();
    assert!(matches!(Ffmpeg.shots(&path, &job, &mut |_, _| {}), Err(MediaError::Cancelled(_))));
}
